/** What a fixed window would have said instead: the share depends on minutes and metres, and so does chance. */
import * as Plot from "@observablehq/plot";
import { NOT_KNOWN, whole } from "../../format/numbers.ts";
import { plain } from "../../format/words.ts";
import type { Colours } from "../../parts/Chart.tsx";
import { useReading } from "../../parts/reading.ts";
import { Figure } from "./Figure.tsx";
import { askSensitivity, type Sensitivity } from "./questions.ts";
import { hundredths } from "./shares.ts";

type Row = Sensitivity["rows"][number];

export function FixedWindows() {
  const { ask, csv, key } = askSensitivity();
  const answer = useReading(ask, [key]);
  return (
    <Figure
      title="If a fixed window decided"
      name="fixed-windows"
      answer={answer}
      csv={csv}
      isEmpty={(value) => value.denominator === 0}
      draw={drawing}
      label={() => "Share of incidents with a call within so many minutes and metres. The numbers are in the table."}
      table={(value) => ({
        head: ["Window", "Reported", "Incidents", "Share", "By chance"],
        rows: value.rows.map((row) => [
          `${row.minutes} min, ${whole(row.radius_m)} m`,
          row.reported === null ? "fewer than 5" : whole(row.reported),
          whole(value.denominator),
          row.reported === null ? NOT_KNOWN : hundredths(row.reported / value.denominator),
          row.chance_mean === null ? NOT_KNOWN : hundredths(row.chance_mean / value.denominator),
        ]),
      })}
    >
      {(value) => (
        <p class="quiet small">
          Calls of {value.natures.map(plain).join(" and ")}. Small: the share that alerts shifted by whole days find, which is chance.
        </p>
      )}
    </Figure>
  );
}

function drawing(value: Sensitivity) {
  const share = (row: Row) => (row.reported === null ? null : row.reported / value.denominator);
  const chance = (row: Row) => (row.chance_mean === null ? "" : `chance ${hundredths(row.chance_mean / value.denominator)}`);
  const place = { x: (row: Row) => row.minutes, y: (row: Row) => row.radius_m };
  return (width: number, colours: Colours): Plot.PlotOptions => ({
    className: "plot",
    height: 240,
    marginLeft: 60,
    x: { type: "band", label: "minutes" },
    y: { type: "band", label: "metres", reverse: true, tickFormat: whole },
    color: { type: "linear", domain: [0, 1], range: [colours.sunken, colours.reported], interpolate: "lab" },
    marks: [
      Plot.cell(value.rows, { ...place, fill: share, inset: 1 }),
      Plot.text(value.rows, { ...place, dy: width > 420 ? -6 : 0, fill: colours.ink, fontWeight: 600, text: (row: Row) => (share(row) === null ? "few" : hundredths(share(row) ?? 0)) }),
      ...(width > 420 ? [Plot.text(value.rows, { ...place, dy: 9, fontSize: 9, fill: colours.ink, text: chance })] : []),
    ],
  });
}
