/** Shares with what they rest on, in words and in colours. */
import type { ScaleOptions } from "@observablehq/plot";
import { NOT_KNOWN, whole } from "../../format/numbers.ts";
import type { Colours } from "../../parts/Chart.tsx";
import type { ReportingRow, Reporting } from "./questions.ts";

type Figures = Pick<ReportingRow, "share" | "low" | "high" | "numerator" | "denominator" | "small">;

export const hundredths = (share: number) => `${(share * 100).toFixed(1)} %`;

/** `17.1 %`, or that there are too few for a share. */
export const shareOf = (row: Figures) => (row.share === null ? "too few" : hundredths(row.share));

/** `14.0 to 20.8 %`: where the share lies with 95 % confidence. */
export const intervalOf = (row: Figures) =>
  row.low === null || row.high === null ? NOT_KNOWN : `${(row.low * 100).toFixed(1)} to ${hundredths(row.high)}`;

export const SHARE_HEAD = ["Reported", "of decided", "Share", "95 % interval", "Not reported", "Cannot be told"];

export const shareCells = (row: ReportingRow) => [
  whole(row.numerator),
  whole(row.denominator),
  shareOf(row),
  intervalOf(row),
  whole(row.unreported),
  whole(row.indeterminate),
];

/** The paler the less is reported. */
export function shareColours(reporting: Reporting, colours: Colours): ScaleOptions {
  const most = Math.max(0.1, ...reporting.rows.map((row) => row.share ?? 0));
  return {
    type: "linear",
    domain: [0, Math.ceil(most * 10) / 10],
    range: [colours.sunken, colours.reported],
    interpolate: "lab",
    label: "share reported",
    tickFormat: (share: number) => `${Math.round(share * 100)} %`,
    ticks: 3,
    legend: true,
    marginLeft: 14,
    marginRight: 18,
  } as ScaleOptions;
}

/** What a pointer that rests on a part is told. */
export function told(name: string, row: Figures): string {
  if (row.share === null) return `${name}\n${row.numerator} of ${row.denominator} reported: too few for a share`;
  return `${name}\n${row.numerator} of ${row.denominator} reported: ${shareOf(row)} (${intervalOf(row)})`;
}
