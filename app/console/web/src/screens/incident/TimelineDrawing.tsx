/** The minutes around an incident, to scale: shots, alert, calls, response, verdicts, and the window for calls. */
import * as Plot from "@observablehq/plot";
import { useCallback, useRef } from "preact/hooks";
import type { Incident, TimelineEntry, Verdict } from "../../api/types.ts";
import { countdown } from "../../format/time.ts";
import { Chart, type Colours } from "../../parts/Chart.tsx";
import { dark } from "../../state/theme.ts";
import { entryInWords } from "./timeline-words.ts";

const ROWS = ["Shots", "Alert", "Calls", "Response", "Verdict"] as const;
type Row = (typeof ROWS)[number];
const ROW_OF: Partial<Record<TimelineEntry["kind"], Row>> = {
  shot: "Shots",
  alert_published: "Alert",
  alert_stored: "Alert",
  alert_revised: "Alert",
  alert_retracted: "Alert",
  call: "Calls",
  dispatched: "Response",
  arrived: "Response",
  cleared: "Response",
  verdict: "Verdict",
  decision: "Verdict",
  disposition: "Verdict",
};
/** What comes later than so long after the window's end would press the rest together. */
const LONGEST_AFTER_S = 1_800;
const WINDOW_BEFORE_S = 120;

interface Point {
  at_s: number;
  row: Row;
  words: string;
  kind: TimelineEntry["kind"];
  verdict: Verdict | null;
}

interface Props {
  incident: Incident;
  entries: readonly TimelineEntry[];
}

export default function TimelineDrawing({ incident, entries }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const closes_s = (Date.parse(incident.closes_at) - Date.parse(incident.started_at)) / 1000;
  const points = pointsOf(entries);
  const shown = points.filter((point) => point.at_s <= closes_s + LONGEST_AFTER_S && point.at_s >= -2 * WINDOW_BEFORE_S);
  const later = points.length - shown.length;
  const isDark = dark.value;
  const draw = useCallback(
    (width: number, colours: Colours) => drawing(shown, closes_s, width, colours),
    [entries, closes_s, isDark],
  );
  return (
    <>
      <Chart host={host} label={`Time line of ${shown.length} events; the list below has them in words.`} draw={draw} />
      {later > 0 && <p class="small quiet">{later === 1 ? "One event is" : `${later} events are`} too far away to be drawn.</p>}
    </>
  );
}

function pointsOf(entries: readonly TimelineEntry[]): Point[] {
  return entries.flatMap((entry) => {
    const row = ROW_OF[entry.kind];
    if (!row) return [];
    const { verdict } = entry.details as { verdict?: Verdict };
    const words = `${entryInWords(entry)}\n${entry.offset_s < 0 ? "−" : "+"}${countdown(Math.abs(entry.offset_s))}`;
    return [{ at_s: entry.offset_s, row, words, kind: entry.kind, verdict: entry.kind === "verdict" ? (verdict ?? null) : null }];
  });
}

function drawing(points: Point[], closes_s: number, width: number, colours: Colours): Plot.PlotOptions {
  const end = Math.max(closes_s, ...points.map((point) => point.at_s)) + 30;
  const every = [60, 120, 300, 600].find((seconds) => (end + WINDOW_BEFORE_S) / seconds <= width / 48) ?? 1200;
  const ticks = Array.from({ length: Math.floor(end / every) + 1 }, (_, place) => place * every);
  const of = (row: Row) => points.filter((point) => point.row === row);
  const place = { x: "at_s", y: "row" } as const;
  const verdictColour = (point: Point) => (point.verdict ? colours.verdicts[point.verdict] : colours.accent);
  return {
    className: "plot",
    height: 190,
    marginLeft: 62,
    marginRight: 12,
    x: { domain: [Math.min(-WINDOW_BEFORE_S, ...points.map((point) => point.at_s)) - 10, end], ticks, label: "minutes after the first shot", tickFormat: (s: number) => String(s / 60) },
    y: { type: "band", domain: [...ROWS], label: null },
    marks: [
      Plot.rect([0], { x1: -WINDOW_BEFORE_S, x2: closes_s, fill: colours.pending, fillOpacity: 0.12 }),
      Plot.ruleX([0], { stroke: colours.quiet, strokeDasharray: "2 3" }),
      Plot.tickX(of("Shots"), { ...place, stroke: colours.ink, strokeWidth: 1.5, inset: 6 }),
      Plot.dot(of("Alert"), { ...place, r: 4, symbol: "triangle", fill: colours.accent }),
      Plot.dot(of("Calls"), { ...place, r: 4.5, fill: colours.reported, fillOpacity: 0.75, stroke: colours.panel }),
      Plot.dot(of("Response"), { ...place, r: 4, symbol: "square", fill: colours.quiet }),
      Plot.dot(of("Verdict"), { ...place, r: 4.5, symbol: "diamond", fill: verdictColour, stroke: colours.panel }),
      Plot.tip(points, Plot.pointer({ ...place, title: "words" })),
    ],
  };
}
