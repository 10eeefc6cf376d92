/** By hour and weekday, in the agency's time. */
import * as Plot from "@observablehq/plot";
import type { Colours } from "../../parts/Chart.tsx";
import { Figure } from "./Figure.tsx";
import { askReporting, type Reporting, type ReportingRow } from "./questions.ts";
import { capital } from "../../format/words.ts";
import { useReading } from "../../parts/reading.ts";
import { SHARE_HEAD, shareCells, shareColours, told } from "./shares.ts";

const DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const clock = (hour: number) => `${String(hour).padStart(2, "0")}:00`;
const nameOf = (row: ReportingRow) => `${capital(row.weekday ?? "")} ${clock(row.hour ?? 0)}`;

export function Week() {
  const { ask, csv, key } = askReporting("hour_weekday");
  const answer = useReading(ask, [key]);
  return (
    <Figure
      title="By hour and weekday"
      name="reported-by-hour-and-weekday"
      wide
      answer={answer}
      csv={csv}
      isEmpty={(value) => value.rows.length === 0}
      draw={drawing}
      label={(value) => `Shootings by hour and weekday (${value.time_zone}): the larger the mark the more, the darker the more were reported.`}
      table={(value) => ({ head: ["Hour", ...SHARE_HEAD], rows: value.rows.map((row) => [nameOf(row), ...shareCells(row)]) })}
    >
      {(value) => (
        <p class="quiet small">
          Size: how many were decided. Colour: the share reported; a dashed ring where there are too few for one. Hours of {value.time_zone}.
        </p>
      )}
    </Figure>
  );
}

function drawing(value: Reporting) {
  const rows = value.rows.filter((row) => row.weekday !== null && row.hour !== null && row.denominator > 0);
  const common = {
    x: (row: ReportingRow) => row.hour,
    y: (row: ReportingRow) => row.weekday,
    r: (row: ReportingRow) => row.denominator,
    title: (row: ReportingRow) => told(nameOf(row), row),
  };
  return (width: number, colours: Colours): Plot.PlotOptions => ({
    className: "plot",
    height: 260,
    marginLeft: 90,
    x: { type: "band", domain: Array.from({ length: 24 }, (_, hour) => hour), label: null, tickFormat: (hour: number) => String(hour).padStart(2, "0") },
    y: { type: "band", domain: DAYS, label: null, tickFormat: capital },
    r: { range: [2, Math.min(14, width / 60)] },
    color: shareColours(value, colours),
    marks: [
      Plot.dot(rows.filter((row) => row.share === null), { ...common, stroke: colours.quiet, strokeDasharray: "2 2" }),
      Plot.dot(rows.filter((row) => row.share !== null), { ...common, fill: "share", stroke: colours.quiet }),
      Plot.tip(rows, Plot.pointer(common)),
    ],
  });
}
