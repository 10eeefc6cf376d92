/** How the usual layers of vector basemaps are drawn: quietly, from the ground up, names last. */
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Palette } from "./palette.ts";
import { FONT } from "./style.ts";

type Kind = "land" | "green" | "water" | "building" | "way" | "border" | "way-name" | "place-name";

/** From the ground up; the names are those of Protomaps, OpenMapTiles, Shortbread and Mapbox. */
const DRAWN: Record<Kind, string[]> = {
  land: ["earth", "land"],
  green: ["landcover", "landuse", "park", "globallandcover"],
  water: ["water", "ocean", "waterway", "water_polygons", "water_lines"],
  building: ["buildings", "building"],
  way: ["roads", "streets", "transportation", "road", "transit"],
  border: ["boundaries", "boundary", "admin"],
  "way-name": ["roads", "transportation_name", "street_labels", "road"],
  "place-name": ["places", "place", "place_labels", "place_label"],
};
export const KNOWN_LAYERS: readonly string[] = [...new Set(Object.values(DRAWN).flat())];
const GREEN = ["park", "forest", "wood", "grass", "grassland", "cemetery", "golf_course", "nature_reserve", "recreation_ground", "scrub"];
const BROAD = ["highway", "motorway", "trunk"];
const MIDDLE = ["major_road", "medium_road", "primary", "secondary", "tertiary"];
const NARROW = ["path", "footway", "track", "rail", "transit", "ferry", "service", "other"];

const FIRST_NAMES_ZOOM = 13;
const AREAS: ExpressionSpecification = ["==", ["geometry-type"], "Polygon"];
const LINES: ExpressionSpecification = ["==", ["geometry-type"], "LineString"];
const POINTS: ExpressionSpecification = ["==", ["geometry-type"], "Point"];
const KIND: ExpressionSpecification = ["to-string", ["coalesce", ["get", "kind"], ["get", "class"], ["get", "pmap:kind"], ""]];
const NAME: ExpressionSpecification = ["coalesce", ["get", "name"], ["get", "name_en"], ""];

/** The layers for a source that has these; where none is known (an agency's own lines), all as lines. */
export function basemapLayers(source: string, has: readonly string[], palette: Palette, scale: number): LayerSpecification[] {
  if (!has.some((name) => KNOWN_LAYERS.includes(name))) return has.map((name) => line(place(source, "line", name), palette.way, widths(1)));
  return (Object.keys(DRAWN) as Kind[]).flatMap((kind) =>
    DRAWN[kind].filter((name) => has.includes(name)).flatMap((name) => layersOf(kind, source, name, palette, scale)),
  );
}

interface Place {
  id: string;
  source: string;
  "source-layer": string;
}

const place = (source: string, kind: string, name: string): Place => ({ id: `${source}-${kind}-${name}`, source, "source-layer": name });

function layersOf(kind: Kind, source: string, name: string, palette: Palette, scale: number): LayerSpecification[] {
  const at = place(source, kind, name);
  switch (kind) {
    case "land":
      return [area(at, palette.zone)];
    case "green":
      return [area(at, palette.green, ["all", AREAS, ["match", KIND, GREEN, true, false]])];
    case "water":
      return [area(at, palette.water), line({ ...at, id: `${at.id}-line` }, palette.water, widths(1.5), LINES)];
    case "building":
      return [{ ...area(at, palette.building), minzoom: FIRST_NAMES_ZOOM }];
    case "way":
      return [line(at, palette.way, widths(["match", KIND, BROAD, 3, MIDDLE, 2, NARROW, 0.5, 1]), LINES)];
    case "border":
      return [line(at, palette.zoneLine, 1, LINES)];
    case "way-name":
      return [words(at, palette, 10.5 * scale, { filter: LINES, along: true })];
    case "place-name":
      return [words(at, palette, 12 * scale, { filter: POINTS, along: false })];
  }
}

function area(at: Place, colour: string, filter: ExpressionSpecification = AREAS): LayerSpecification & { type: "fill" } {
  return { ...at, type: "fill", filter, paint: { "fill-color": colour } };
}

function line(at: Place, colour: string, width: number | ExpressionSpecification, filter?: ExpressionSpecification): LayerSpecification {
  return {
    ...at,
    type: "line",
    ...(filter ? { filter } : {}),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": colour, "line-width": width },
  };
}

/** Of a way so many times as broad as a street, over the zooms. */
function widths(times: number | ExpressionSpecification): ExpressionSpecification {
  return ["interpolate", ["exponential", 1.5], ["zoom"], 9, ["*", 0.35, times], 13, ["*", 1.1, times], 18, ["*", 8, times]];
}

function words(at: Place, palette: Palette, size: number, { filter, along }: { filter: ExpressionSpecification; along: boolean }): LayerSpecification {
  return {
    ...at,
    type: "symbol",
    filter: ["all", filter, ["!=", NAME, ""]],
    ...(along ? { minzoom: FIRST_NAMES_ZOOM } : {}),
    layout: {
      "text-field": NAME,
      "text-font": FONT,
      "text-size": size,
      "text-max-width": 8,
      ...(along ? { "symbol-placement": "line" as const } : {}),
    },
    paint: { "text-color": palette.label, "text-halo-color": palette.zone, "text-halo-width": 1.2 },
  };
}
