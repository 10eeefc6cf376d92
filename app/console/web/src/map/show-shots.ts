/** The open incident's shots where they are known, joined in their order; while they are played, those heard so far. */
import { effect } from "@preact/signals";
import type { Feature } from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { playedTo, type PlayedShot, shots } from "../state/playback.ts";
import { boxOf } from "./geometry.ts";
import type { Palette } from "./palette.ts";
import { FONT, NOTHING } from "./style.ts";

/** So long a shot is the one that is heard. */
const LIT_S = 0.35;
const CLOSEST_ZOOM = 19;

export function showShots(map: MapLibreMap, palette: Palette): () => void {
  map.addSource("shots", { type: "geojson", data: NOTHING });
  map.addLayer({
    id: "shots-way",
    type: "line",
    source: "shots",
    filter: ["==", ["geometry-type"], "LineString"],
    minzoom: 14,
    paint: { "line-color": palette.ink, "line-width": 1, "line-opacity": 0.5, "line-dasharray": [2, 2] },
  });
  map.addLayer({
    id: "shots",
    type: "circle",
    source: "shots",
    filter: ["==", ["geometry-type"], "Point"],
    minzoom: 14,
    paint: {
      "circle-radius": ["case", ["get", "lit"], 9, 4],
      "circle-color": ["case", ["get", "lit"], palette.verdicts.unreported, palette.ink],
      "circle-stroke-color": palette.zone,
      "circle-stroke-width": 1.5,
    },
  });
  map.addLayer({
    id: "shots-number",
    type: "symbol",
    source: "shots",
    filter: ["==", ["geometry-type"], "Point"],
    minzoom: 17,
    layout: { "text-field": ["get", "number"], "text-font": FONT, "text-size": 11, "text-anchor": "left", "text-offset": [0.8, 0] },
    paint: { "text-color": palette.ink, "text-halo-color": palette.zone, "text-halo-width": 1.5 },
  });
  let wasPlayed = false;
  return effect(() => {
    const at_s = playedTo.value;
    const features = featuresOf(shots.value, at_s);
    map.getSource<GeoJSONSource>("shots")?.setData({ type: "FeatureCollection", features });
    if (at_s !== null && !wasPlayed) lookAtShots(map);
    wasPlayed = at_s !== null;
  });
}

function featuresOf(all: readonly PlayedShot[], at_s: number | null): Feature[] {
  const points: Feature[] = [];
  const way: [number, number][] = [];
  for (const [order, shot] of all.entries()) {
    if (!shot.place || (at_s !== null && shot.at_s > at_s)) continue;
    way.push(shot.place);
    points.push({
      type: "Feature",
      properties: { number: String(order + 1), lit: at_s !== null && at_s - shot.at_s < LIT_S },
      geometry: { type: "Point", coordinates: shot.place },
    });
  }
  if (way.length > 1) points.unshift({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: way } });
  return points;
}

function lookAtShots(map: MapLibreMap): void {
  const box = boxOf(featuresOf(shots.peek(), null));
  if (box) map.fitBounds(box, { padding: 120, maxZoom: CLOSEST_ZOOM, duration: 400 });
}
