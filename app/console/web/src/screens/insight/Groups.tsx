/** Shares with their intervals along one line: by month, by rounds. */
import * as Plot from "@observablehq/plot";
import type { Colours } from "../../parts/Chart.tsx";
import { useReading } from "../../parts/reading.ts";
import { Figure } from "./Figure.tsx";
import { askReporting, type Reporting, type ReportingRow } from "./questions.ts";
import { SHARE_HEAD, shareCells, told } from "./shares.ts";

interface Props {
  by: "month" | "rounds";
  title: string;
  /** What a group is called in the table's head. */
  head: string;
  nameOf: (group: string | null) => string;
}

export function Groups({ by, title, head, nameOf }: Props) {
  const { ask, csv, key } = askReporting(by);
  const answer = useReading(ask, [key]);
  return (
    <Figure
      title={title}
      name={`reported-by-${by}`}
      answer={answer}
      csv={csv}
      isEmpty={(value) => value.rows.length === 0}
      draw={(value) => drawing(value, nameOf)}
      label={(value) => `${title}: the share reported with its 95 % interval in ${value.rows.length} groups.`}
      table={(value) => ({ head: [head, ...SHARE_HEAD], rows: value.rows.map((row) => [nameOf(row.group), ...shareCells(row)]) })}
    />
  );
}

function drawing(value: Reporting, nameOf: Props["nameOf"]) {
  const rows = value.rows;
  const known = rows.filter((row) => row.share !== null);
  const x = (row: ReportingRow) => nameOf(row.group);
  return (_width: number, colours: Colours): Plot.PlotOptions => ({
    className: "plot",
    height: 240,
    marginLeft: 48,
    x: { type: "point", domain: rows.map(x), label: null, padding: 0.6 },
    y: { domain: [0, Math.max(0.2, ...known.map((row) => row.high ?? 0))], label: "share reported", grid: true, tickFormat: (share: number) => `${Math.round(share * 100)} %` },
    marks: [
      Plot.ruleY([0], { stroke: colours.line }),
      Plot.ruleX(known, { x, y1: "low", y2: "high", stroke: colours.reported, strokeWidth: 2 }),
      Plot.dot(known, { x, y: "share", fill: colours.reported, r: 4 }),
      Plot.tip(rows, Plot.pointerX({ x, y: (row: ReportingRow) => row.share ?? 0, title: (row: ReportingRow) => told(x(row), row) })),
    ],
  });
}
