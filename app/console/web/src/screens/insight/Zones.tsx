/** The share reported by zone: a map where the key may see zones, and always the table. */
import type { Feature } from "geojson";
import { useCallback, useState } from "preact/hooks";
import { NOT_KNOWN } from "../../format/numbers.ts";
import { capital } from "../../format/words.ts";
import { places } from "../../state/places.ts";
import { useReading } from "../../parts/reading.ts";
import { Figure } from "./Figure.tsx";
import { askReporting, question, type Reporting } from "./questions.ts";
import { SHARE_HEAD, shareCells } from "./shares.ts";
import { NO_SHOOTING, nameOf, rowOf, zoneMap } from "./zone-map.ts";

const KINDS = ["neighborhood", "district", "beat"] as const;
type Kind = (typeof KINDS)[number];

export function Zones() {
  const known = KINDS.filter((kind) => places.zones.value.some((zone) => zone.properties?.kind === kind));
  const [chosen, choose] = useState<Kind | null>(null);
  const kind = chosen ?? known[0] ?? null;
  const { ask, csv, key } = askReporting("zone", kind);
  const answer = useReading(ask, [key]);
  const zones = places.zones.value;
  const isWhole = question.value.zone === undefined || question.value.zone === null;
  // Where nothing was heard the server tells of no row; of one zone that was asked for, there are no others.
  const shownOf = useCallback(
    (value: Reporting) => zones.filter((zone) => rowOf(value, zone) || (isWhole && kind !== null && zone.properties?.kind === kind)),
    [zones, kind, isWhole],
  );
  const draw = useCallback((value: Reporting) => zoneMap(value, shownOf(value)), [shownOf]);
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
        rows: [
          ...value.rows.map((row) => [row.group ?? "In no zone", ...shareCells(row)]),
          ...silent(value, shownOf(value)).map((name) => [name, "0", "0", NO_SHOOTING, NOT_KNOWN, "0", "0"]),
        ],
      })}
    >
      {(value) => (
        <>
          {zones.length > 0 && <Legend value={value} zones={shownOf(value)} />}
          {known.length > 1 && (
            <div class="choices" role="group" aria-label="Kind of zone">
              {known.map((one) => (
                <button type="button" key={one} class="button quiet" aria-pressed={one === kind} onClick={() => choose(one)}>
                  {capital(one)}s
                </button>
              ))}
            </div>
          )}
        </>
      )}
    </Figure>
  );
}

/** The names of the zones in which nothing was heard. */
const silent = (value: Reporting, zones: Feature[]) => zones.filter((zone) => !rowOf(value, zone)).map(nameOf).sort();

/** What no colour means, where there is some of it. */
function Legend({ value, zones }: { value: Reporting; zones: Feature[] }) {
  const few = value.rows.some((row) => row.zone_id !== null && row.share === null);
  const none = silent(value, zones).length > 0;
  if (!few && !none) return null;
  return (
    <p class="quiet small zone-legend">
      {few && (
        <span>
          <Swatch hatched /> cannot be told: too few were decided for a share
        </span>
      )}
      {none && (
        <span>
          <Swatch hatched={false} /> no shooting in this period
        </span>
      )}
    </p>
  );
}

function Swatch({ hatched }: { hatched: boolean }) {
  return (
    <svg class="swatch" viewBox="0 0 18 12" aria-hidden="true">
      <rect x="0.5" y="0.5" width="17" height="11" />
      {hatched && <path d="M0.5 6 6 0.5M0.5 11.5 11.500 0.5M6.500 11.500 17.500 0.500M12 11.500 17.500 6" />}
    </svg>
  );
}
