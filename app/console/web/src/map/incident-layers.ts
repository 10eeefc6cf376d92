/** Incidents on the map: one source, changed by differences. */
import type { Feature } from "geojson";
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map as MapLibreMap } from "maplibre-gl";
import type { Listed, Verdict } from "../api/types.ts";
import type { Change } from "../state/incidents.ts";
import { pixelsAtZoom0 } from "./geometry.ts";
import { markOf } from "./marks.ts";
import type { Palette } from "./palette.ts";
import { NOTHING } from "./style.ts";

export const INCIDENTS = "incidents";
export const MARKS = "incidents-mark";
/** 95 of 100 shots lie within so many standard deviations of a two-dimensional normal. */
const SIGMAS_95 = 2.45;
const HIGHEST_ZOOM = 22;

/** What lies over what: what nobody reported is never hidden. */
const ON_TOP: Record<Verdict, number> = { withdrawn: 0, indeterminate: 1, reported: 2, pending: 3, unreported: 4 };

export function featureOf(incident: Listed, now: number): Feature | null {
  const { longitude, latitude } = incident;
  if (longitude === null || latitude === null) return null;
  const radius = incident.uncertainty_m ?? 0;
  return {
    type: "Feature",
    id: Number(incident.id),
    geometry: { type: "Point", coordinates: [longitude, latitude] },
    properties: {
      mark: markOf(incident, now),
      verdict: incident.verdict,
      rounds: incident.rounds ?? 1,
      order: ON_TOP[incident.verdict],
      settled: incident.disposition !== null,
      sigma: pixelsAtZoom0(radius, latitude),
      sigma95: pixelsAtZoom0(radius * SIGMAS_95, latitude),
    },
  };
}

/** Pixels of a length that grows with the zoom as the ground does. */
const grown = (property: string): ExpressionSpecification => [
  "interpolate",
  ["exponential", 2],
  ["zoom"],
  0,
  ["get", property],
  HIGHEST_ZOOM,
  ["*", ["get", property], 2 ** HIGHEST_ZOOM],
];

function layers(palette: Palette, scale: number): LayerSpecification[] {
  const colour: ExpressionSpecification = [
    "match",
    ["get", "verdict"],
    ...Object.entries(palette.verdicts).flat(),
    palette.ink,
  ] as unknown as ExpressionSpecification;
  const byRounds = (factor: number): ExpressionSpecification => [
    "*",
    factor * scale,
    ["interpolate", ["linear"], ["get", "rounds"], 1, 0.62, 5, 0.82, 15, 1.1, 40, 1.5],
  ];
  return [
    {
      id: "incidents-95",
      type: "circle",
      source: INCIDENTS,
      minzoom: 13,
      paint: {
        "circle-radius": grown("sigma95"),
        "circle-color": "transparent",
        "circle-stroke-color": colour,
        "circle-stroke-width": 1,
        "circle-stroke-opacity": ["interpolate", ["linear"], ["zoom"], 13, 0, 14, 0.55],
      },
    },
    {
      id: "incidents-sigma",
      type: "circle",
      source: INCIDENTS,
      minzoom: 13,
      paint: {
        "circle-radius": grown("sigma"),
        "circle-color": colour,
        "circle-opacity": ["interpolate", ["linear"], ["zoom"], 13, 0, 14, 0.16],
      },
    },
    {
      id: MARKS,
      type: "symbol",
      source: INCIDENTS,
      layout: {
        "icon-image": ["get", "mark"],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 8, byRounds(0.45), 12, byRounds(0.7), 16, byRounds(1)],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "order"],
      },
      paint: { "icon-opacity": ["case", ["get", "settled"], 0.55, 1] },
    },
  ];
}

export function addIncidentLayers(map: MapLibreMap, palette: Palette, scale: number): void {
  // One tile buffer of half a tile would cost much for points; marks are never wider than this.
  map.addSource(INCIDENTS, { type: "geojson", data: NOTHING, buffer: 64, maxzoom: 14 });
  for (const layer of layers(palette, scale)) map.addLayer(layer);
}

/** Bring the source up to date; what moved or lost its position is removed and added. */
export function applyChange(map: MapLibreMap, change: Change, now: number): void {
  const source = map.getSource<GeoJSONSource>(INCIDENTS);
  if (!source) return;
  const features = change.put.map((incident) => featureOf(incident, now)).filter((feature) => feature !== null);
  if (change.all) {
    source.setData({ type: "FeatureCollection", features });
    return;
  }
  const gone = [...change.removed, ...change.put.map((incident) => incident.id)].map(Number);
  // Of several changes of one incident the last holds.
  const last = new Map(features.map((feature) => [feature.id, feature]));
  void source.updateData({ remove: gone, add: [...last.values()] });
}
