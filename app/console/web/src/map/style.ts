/** What is under the incidents: ground, basemap, zones, coverage, cameras. */
import type { Feature, FeatureCollection } from "geojson";
import type { LayerSpecification, StyleSpecification } from "maplibre-gl";
import { middleOf, sector } from "./geometry.ts";
import type { Palette } from "./palette.ts";

export const FONT = ["system-ui, sans-serif"];
export const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

/** A style without a basemap: zones draw the city. `scale` is how much larger than usual text is. */
export function groundStyle(palette: Palette, scale: number): StyleSpecification {
  const empty = { type: "geojson", data: NOTHING } as const;
  return {
    version: 8,
    sources: { zones: empty, coverage: empty, cameras: empty, views: empty, "zone-names": empty },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": palette.ground } },
      ...zoneLayers(palette, scale),
      ...coverageLayers(palette),
      ...cameraLayers(palette, scale),
    ],
  };
}

function zoneLayers(palette: Palette, scale: number): LayerSpecification[] {
  return [
    { id: "zones-fill", type: "fill", source: "zones", paint: { "fill-color": palette.zone } },
    {
      id: "zones-line",
      type: "line",
      source: "zones",
      paint: { "line-color": palette.zoneLine, "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.8, 15, 2] },
    },
    {
      id: "zones-name",
      type: "symbol",
      source: "zone-names",
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": ["interpolate", ["linear"], ["zoom"], 9, 10 * scale, 14, 15 * scale],
        "text-max-width": 8,
      },
      paint: { "text-color": palette.label, "text-halo-color": palette.zone, "text-halo-width": 1.5 },
    },
  ];
}

function coverageLayers(palette: Palette): LayerSpecification[] {
  return [
    {
      id: "coverage-line",
      type: "line",
      source: "coverage",
      paint: { "line-color": palette.coverage, "line-width": 1.6, "line-dasharray": [3, 2] },
    },
  ];
}

function cameraLayers(palette: Palette, scale: number): LayerSpecification[] {
  return [
    {
      id: "cameras-view",
      type: "fill",
      source: "views",
      minzoom: 12,
      paint: { "fill-color": palette.camera, "fill-opacity": 0.16, "fill-outline-color": palette.camera },
    },
    {
      id: "cameras-point",
      type: "circle",
      source: "cameras",
      minzoom: 10.5,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10.5, 1.6 * scale, 15, 4 * scale],
        "circle-color": palette.camera,
        "circle-stroke-color": palette.zone,
        "circle-stroke-width": 1,
      },
    },
    {
      id: "cameras-name",
      type: "symbol",
      source: "cameras",
      minzoom: 15,
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONT,
        "text-size": 11 * scale,
        "text-offset": [0, 0.8],
        "text-anchor": "top",
      },
      paint: { "text-color": palette.label, "text-halo-color": palette.zone, "text-halo-width": 1.5 },
    },
  ];
}

/** The fields of view of those cameras of which they are known. */
export function viewsOf(cameras: readonly Feature[]): Feature[] {
  const views: Feature[] = [];
  for (const { geometry, properties } of cameras) {
    const opening = properties?.field_of_view_deg;
    const range = properties?.range_m;
    const direction = opening === 360 ? 0 : properties?.direction_deg;
    if (geometry?.type !== "Point" || typeof opening !== "number" || typeof range !== "number") continue;
    if (typeof direction !== "number") continue;
    views.push({
      type: "Feature",
      properties: {},
      geometry: sector(geometry.coordinates, direction, opening, range),
    });
  }
  return views;
}

/** One point for each zone's name: a polygon in several tiles would be named in each. */
export function namesOf(zones: readonly Feature[]): Feature[] {
  const names: Feature[] = [];
  for (const { geometry, properties } of zones) {
    const coordinates = middleOf(geometry);
    if (coordinates) names.push({ type: "Feature", properties, geometry: { type: "Point", coordinates } });
  }
  return names;
}

/** The layers of each thing that can be switched off. */
export const SWITCHED = {
  zones: ["zones-fill", "zones-line", "zones-name"],
  coverage: ["coverage-line"],
  cameras: ["cameras-view", "cameras-point", "cameras-name"],
} as const;
