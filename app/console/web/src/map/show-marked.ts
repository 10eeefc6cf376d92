/** A ring around the open incident and one around that of the cursor; the map goes to what is opened. */
import { effect, untracked } from "@preact/signals";
import type { Feature } from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { openIncident } from "../state/address.ts";
import { incident, version } from "../state/incidents.ts";
import { current, hovered } from "../state/queue.ts";
import { openedPlace } from "../state/opened.ts";
import { rootScale } from "../parts/root-scale.ts";
import type { Palette } from "./palette.ts";
import { NOTHING } from "./style.ts";

const CLOSE_ZOOM = 14;

export function showMarked(map: MapLibreMap, palette: Palette): () => void {
  map.addSource("marked", { type: "geojson", data: NOTHING });
  map.addLayer({
    id: "marked",
    type: "circle",
    source: "marked",
    paint: {
      "circle-radius": 16 * rootScale(),
      "circle-color": "transparent",
      "circle-stroke-color": ["case", ["get", "open"], palette.accent, palette.ink],
      "circle-stroke-width": ["case", ["get", "open"], 3, 1.5],
    },
  });
  const ends = [
    effect(() => {
      version.value;
      const marked = [hovered.value, current.value].map((id) => ring(id)).filter((feature) => feature !== null);
      map.getSource<GeoJSONSource>("marked")?.setData({ type: "FeatureCollection", features: marked });
    }),
    effect(() => {
      const place = openedPlace.value;
      if (place && openIncident.value !== null) untracked(() => goTo(map, place));
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function ring(id: string | null): Feature | null {
  if (id === null) return null;
  const open = id === openIncident.value;
  const found = incident(id);
  const place = found ? [found.longitude, found.latitude] : open ? openedPlace.value : null;
  if (!place || place[0] === null || place[1] === null) return null;
  return { type: "Feature", properties: { open }, geometry: { type: "Point", coordinates: place as number[] } };
}

/** Only as far as needed: what is in view near enough stays where it is. */
function goTo(map: MapLibreMap, place: [number, number]): void {
  const zoom = Math.max(map.getZoom(), CLOSE_ZOOM);
  if (map.getZoom() >= CLOSE_ZOOM && map.getBounds().contains(place)) return;
  map.easeTo({ center: place, zoom, duration: 500 });
}
