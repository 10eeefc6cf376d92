/** The map: what is under the incidents, the incidents, and what the pointer and the keyboard do with them. */
import "maplibre-gl/dist/maplibre-gl.css";
import { useSignal } from "@preact/signals";
import type { Map as MapLibreMap } from "maplibre-gl";
import { useEffect, useRef } from "preact/hooks";
import { inWords } from "../api/problem.ts";
import { WentWrong } from "../parts/States.tsx";
import { toast } from "../state/announce.ts";
import { settings } from "../state/settings.ts";
import { dark } from "../state/theme.ts";
import { rootScale } from "../parts/root-scale.ts";
import { addBasemap } from "./basemap.ts";
import { Controls } from "./Controls.tsx";
import { MarksLayer } from "./MarksLayer.ts";
import { openMap } from "./open.ts";
import { readPalette } from "./palette.ts";
import { showIncidents } from "./show-incidents.ts";
import { showMarked } from "./show-marked.ts";
import { showPlaces } from "./show-places.ts";
import { showShots } from "./show-shots.ts";
import { Tip } from "./Tip.tsx";
import "./map.css";

export default function LiveMap() {
  const box = useRef<HTMLDivElement>(null);
  const made = useSignal<MapLibreMap | null>(null);
  const problem = useSignal<string | null>(null);
  const isDark = dark.value;
  useEffect(() => {
    if (!box.current) return undefined;
    try {
      return show(box.current, (map) => (made.value = map));
    } catch (error) {
      problem.value = inWords(error);
      return undefined;
    }
  }, [isDark]);
  return (
    <>
      <div class="map-box" ref={box} />
      {problem.value && (
        <div class="map-problem">
          <WentWrong
            what="The map cannot be drawn here"
            problem={`${problem.value} The queue has everything that the map would show.`}
          />
        </div>
      )}
      {made.value && <Controls map={made.value} />}
      <Tip />
    </>
  );
}

/** Make a map in a box; the answer takes it away again. A change of theme makes a new one at the same place. */
function show(box: HTMLElement, ready: (map: MapLibreMap | null) => void): () => void {
  const palette = readPalette();
  const map = openMap(box, palette);
  const ends: (() => void)[] = [];
  let isGone = false;
  map.once("load", () => {
    const marks = new MarksLayer(palette, rootScale());
    map.addLayer(marks);
    ends.push(showPlaces(map), showMarked(map, palette), showIncidents(map, marks), showShots(map, palette));
    const { basemap } = settings.peek();
    if (basemap)
      addBasemap(map, basemap, palette).catch((error: unknown) => {
        if (!isGone) toast(`The basemap cannot be shown. ${inWords(error)}`, { tone: "bad" });
      });
    ready(map);
  });
  return () => {
    isGone = true;
    for (const end of ends) end();
    ready(null);
    map.remove();
  };
}
