import { dayOf } from "../../format/time.ts";
import type { Period } from "../../state/filters.ts";

/** `Last 24 hours`, `All time`, `Sat, 4 Jul – Mon, 6 Jul`. */
export function periodInWords(period: Period, zone: string): string {
  if (typeof period !== "string") {
    const end = period.to ? dayOf(Date.parse(period.to) - 1, zone) : "now";
    const start = dayOf(Date.parse(period.from), zone);
    return start === end ? start : `${start} – ${end}`;
  }
  if (period === "all") return "All time";
  const count = Number.parseInt(period, 10);
  const unit = period.endsWith("d") ? "day" : "hour";
  return `Last ${count} ${unit}${count === 1 ? "" : "s"}`;
}
