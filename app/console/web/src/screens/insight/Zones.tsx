/** The share reported by zone: a map where the key may see zones, and always the table. */
import * as Plot from "@observablehq/plot";
import type { Feature } from "geojson";
import { useCallback, useState } from "preact/hooks";
import { capital } from "../../format/words.ts";
import { places } from "../../state/places.ts";
import type { Colours } from "../../parts/Chart.tsx";
import { useReading } from "../../parts/reading.ts";
import { Figure } from "./Figure.tsx";
import { askReporting, type Reporting, type ReportingRow } from "./questions.ts";
import { SHARE_HEAD, shareCells, shareColours, told } from "./shares.ts";

const KINDS = ["neighborhood", "district", "beat"] as const;
type Kind = (typeof KINDS)[number];

export function Zones() {
  const known = KINDS.filter((kind) => places.zones.value.some((zone) => zone.properties?.kind === kind));
  const [chosen, choose] = useState<Kind | null>(null);
  const kind = chosen ?? known[0] ?? null;
  const { ask, csv, key } = askReporting("zone", kind);
  const answer = useReading(ask, [key]);
  const zones = places.zones.value;
  const draw = useCallback((value: Reporting) => drawing(value, zones), [zones]);
  return (
    <Figure
      title="Share reported by zone"
      name="reported-by-zone"
      wide
      answer={answer}
      csv={csv}
      isEmpty={(value) => value.rows.length === 0}
      draw={zones.length ? draw : null}
      label={(value) => `Map of ${value.rows.length} zones by the share of shootings that was reported. The numbers are in the table.`}
      open
      table={(value) => ({
        head: ["Zone", ...SHARE_HEAD],
        rows: value.rows.map((row) => [row.group ?? "In no zone", ...shareCells(row)]),
      })}
    >
      {() =>
        known.length > 1 && (
          <div class="choices" role="group" aria-label="Kind of zone">
            {known.map((one) => (
              <button type="button" key={one} class="button quiet" aria-pressed={one === kind} onClick={() => choose(one)}>
                {capital(one)}s
              </button>
            ))}
          </div>
        )
      }
    </Figure>
  );
}

function drawing(value: Reporting, zones: Feature[]) {
  const rows = new Map(value.rows.map((row) => [row.zone_id, row]));
  const shown = zones.filter((zone) => rows.has(String(zone.id)));
  const rowOf = (zone: Feature) => rows.get(String(zone.id)) as ReportingRow;
  const nameOf = (zone: Feature) => rowOf(zone).group ?? "";
  const few = shown.filter((zone) => rowOf(zone).share === null);
  const enough = shown.filter((zone) => rowOf(zone).share !== null);
  return (width: number, colours: Colours): Plot.PlotOptions => ({
    className: "plot",
    height: Math.min(Math.round(width * 0.62), 560),
    projection: { type: "mercator", domain: { type: "FeatureCollection", features: shown.map(wound) }, inset: 6 },
    color: shareColours(value, colours),
    marks: [
      Plot.geo(few.map(wound), { fill: colours.sunken, stroke: colours.quiet, strokeDasharray: "2 3" }),
      Plot.geo(enough.map(wound), { fill: (zone: Feature) => rowOf(zone).share, stroke: colours.quiet }),
      Plot.text(shown.map(wound), Plot.centroid({ text: nameOf, fill: colours.ink, stroke: colours.sunken, strokeWidth: 3, fontSize: 10 })),
      Plot.tip(shown.map(wound), Plot.pointer(Plot.centroid({ title: (zone: Feature) => told(nameOf(zone), rowOf(zone)) }))),
    ],
  });
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
