/** The map of shares by zone. */
import * as Plot from "@observablehq/plot";
import type { Feature } from "geojson";
import type { Colours } from "../../parts/Chart.tsx";
import type { Reporting, ReportingRow } from "./questions.ts";
import { shareColours, told } from "./shares.ts";

const HATCHING = "not-told";
export const NO_SHOOTING = "no shooting";

export const nameOf = (zone: Feature) => String(zone.properties?.name ?? "");
export const rowOf = (value: Reporting, zone: Feature): ReportingRow | undefined =>
  value.rows.find((row) => row.zone_id === String(zone.id));

/** How to draw these zones: by colour where there is a share, with stripes where there are too few, empty where nothing was. */
export function zoneMap(value: Reporting, zones: Feature[]) {
  const shareOf = (zone: Feature) => rowOf(value, zone)?.share ?? null;
  const areas = zones.map(wound);
  const none = areas.filter((zone) => !rowOf(value, zone));
  const few = areas.filter((zone) => rowOf(value, zone)?.share === null);
  const enough = areas.filter((zone) => shareOf(zone) !== null);
  const title = (zone: Feature) => {
    const row = rowOf(value, zone);
    return row ? told(nameOf(zone), row) : `${nameOf(zone)}\n${NO_SHOOTING} in this period`;
  };
  return (width: number, colours: Colours): Plot.PlotOptions => ({
    className: "plot",
    height: Math.min(Math.round(width * 0.62), 560),
    projection: { type: "mercator", domain: { type: "FeatureCollection", features: areas }, inset: 6 },
    color: shareColours(value, colours),
    marks: [
      () => hatching(colours),
      Plot.geo(none, { fill: "none", stroke: colours.quiet, strokeDasharray: "2 3" }),
      Plot.geo(few, { fill: `url(#${HATCHING})`, stroke: colours.quiet, strokeDasharray: "2 3" }),
      Plot.geo(enough, { fill: shareOf, stroke: colours.quiet }),
      Plot.text(areas, Plot.centroid({ text: nameOf, lineWidth: 7, fill: colours.ink, stroke: colours.sunken, strokeWidth: 3, fontSize: 10 })),
      Plot.tip(areas, Plot.pointer(Plot.centroid({ title }))),
    ],
  });
}

/** Stripes for what cannot be told, as the shape of that verdict has. */
function hatching(colours: Colours): SVGElement {
  const make = (name: string, attributes: Record<string, string | number>) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, attribute] of Object.entries(attributes)) made.setAttribute(key, String(attribute));
    return made;
  };
  const pattern = make("pattern", { id: HATCHING, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  pattern.append(
    make("rect", { width: 6, height: 6, fill: colours.sunken }),
    make("path", { d: "M0 0V6", stroke: colours.verdicts.indeterminate, "stroke-width": 1.6 }),
  );
  const kept = make("defs", {});
  kept.append(pattern);
  return kept;
}

/** Plot takes areas on the sphere, whose outlines run clockwise; those of GeoJSON run the other way. */
function wound(zone: Feature): Feature {
  const { geometry } = zone;
  if (geometry.type === "Polygon") return { ...zone, geometry: { ...geometry, coordinates: geometry.coordinates.map(turned) } };
  if (geometry.type === "MultiPolygon")
    return { ...zone, geometry: { ...geometry, coordinates: geometry.coordinates.map((rings) => rings.map(turned)) } };
  return zone;
}

function turned(ring: number[][], place: number): number[][] {
  const area = ring.reduce((sum, [x = 0, y = 0], at) => {
    const [nextX = 0, nextY = 0] = ring[(at + 1) % ring.length] ?? [];
    return sum + x * nextY - nextX * y;
  }, 0);
  const isClockwise = area < 0;
  return isClockwise === (place === 0) ? ring : ring.slice().reverse();
}
