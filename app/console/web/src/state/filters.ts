/** Which incidents are shown: a value, its spelling in the address bar, its question to the server. */
import { computed } from "@preact/signals";
import type { Query } from "../api/http.ts";
import type { Classification, Disposition, IncidentSummary, Verdict } from "../api/types.ts";
import { go, path, search } from "./address.ts";

export const VERDICTS: readonly Verdict[] = ["unreported", "pending", "reported", "indeterminate", "withdrawn"];
export const DISPOSITIONS = ["none", "confirmed", "unconfirmed", "unfounded"] as const;
export const PERIODS = ["8h", "24h", "7d", "30d", "90d", "all"] as const;
export const USUAL_PERIOD = "24h";

/** `8h`, `7d`, `all`, or a span of two times (the second may be open). */
export type Period = string | { from: string; to: string | null };

export interface Filters {
  period: Period;
  verdicts: Verdict[];
  minRounds: number | null;
  zone: string | null;
  classifications: Classification[];
  dispositions: (Disposition | "none")[];
  review: boolean;
  /** Part of the number, the address or an alert's id. Whoever searches, searches all time. */
  text: string;
}

const listOf = (value: string | null) => (value ? value.split(",").filter(Boolean) : []);

export function parseFilters(query: string): Filters {
  const given = new URLSearchParams(query);
  const [from, to] = [given.get("from"), given.get("to")].map((text) => (text && !Number.isNaN(Date.parse(text)) ? text : null));
  const period = given.get("period") ?? USUAL_PERIOD;
  const rounds = Number.parseInt(given.get("min_rounds") ?? "", 10);
  return {
    period: from ? { from, to: to ?? null } : isPeriod(period) ? period : USUAL_PERIOD,
    verdicts: listOf(given.get("verdict")).filter((word): word is Verdict => VERDICTS.includes(word as Verdict)),
    minRounds: rounds > 0 ? rounds : null,
    zone: given.get("zone"),
    classifications: listOf(given.get("classification")) as Classification[],
    dispositions: listOf(given.get("disposition")) as Filters["dispositions"],
    review: given.get("needs_review") === "true",
    text: given.get("q") ?? "",
  };
}

export function formatFilters(filters: Filters): string {
  const told = new URLSearchParams();
  const { period } = filters;
  if (typeof period !== "string") {
    told.set("from", period.from);
    if (period.to) told.set("to", period.to);
  } else if (period !== USUAL_PERIOD) told.set("period", period);
  if (filters.verdicts.length) told.set("verdict", filters.verdicts.join(","));
  if (filters.minRounds) told.set("min_rounds", String(filters.minRounds));
  if (filters.zone) told.set("zone", filters.zone);
  if (filters.classifications.length) told.set("classification", filters.classifications.join(","));
  if (filters.dispositions.length) told.set("disposition", filters.dispositions.join(","));
  if (filters.review) told.set("needs_review", "true");
  if (filters.text) told.set("q", filters.text);
  const text = told.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}

function isPeriod(text: string): boolean {
  return text === "all" || /^[1-9]\d{0,3}[hd]$/.test(text);
}

export function periodSeconds(period: string): number {
  const count = Number.parseInt(period, 10);
  return count * (period.endsWith("d") ? 86_400 : 3_600);
}

/** From when to when the filters look, in milliseconds; null is open. */
export function spanOf(filters: Filters, now: number): { from: number | null; to: number | null } {
  const { period } = filters;
  if (filters.text || period === "all") return { from: null, to: null };
  if (typeof period !== "string") return { from: Date.parse(period.from), to: period.to ? Date.parse(period.to) : null };
  return { from: now - periodSeconds(period) * 1000, to: null };
}

export function queryOf(filters: Filters, now: number): Query {
  const span = spanOf(filters, now);
  return {
    from: span.from === null ? null : new Date(span.from).toISOString(),
    to: span.to === null ? null : new Date(span.to).toISOString(),
    verdict: filters.verdicts,
    min_rounds: filters.minRounds,
    zone: filters.zone,
    classification: filters.classifications,
    disposition: filters.dispositions,
    needs_review: filters.review ? true : null,
    q: filters.text || null,
  };
}

/** Whether an incident that the stream tells of belongs to what is shown, by the server's rules. */
export function fits(filters: Filters, incident: IncidentSummary, now: number): boolean {
  const span = spanOf(filters, now);
  const at = Date.parse(incident.started_at);
  if ((span.from !== null && at < span.from) || (span.to !== null && at >= span.to)) return false;
  if (filters.verdicts.length && !filters.verdicts.includes(incident.verdict)) return false;
  if (filters.minRounds !== null && (incident.rounds ?? -1) < filters.minRounds) return false;
  if (filters.zone !== null && !incident.zones.includes(filters.zone)) return false;
  if (filters.classifications.length && !filters.classifications.includes(incident.classification)) return false;
  if (filters.dispositions.length && !filters.dispositions.includes(incident.disposition ?? "none")) return false;
  if (filters.review && !incident.needs_review) return false;
  const text = filters.text.toLowerCase();
  const searched = [incident.number, incident.address, ...incident.alerts.map((alert) => alert.external_id)];
  return searched.some((word) => word?.toLowerCase().includes(text));
}

export const filters = computed(() => parseFilters(search.value));

/** How many filters besides period and search narrow the list. */
export const narrowing = computed(() => {
  const { verdicts, minRounds, zone, classifications, dispositions, review } = filters.value;
  return [verdicts.length, minRounds, zone, classifications.length, dispositions.length, review].filter(Boolean).length;
});

/** Change some filters; `replace` while somebody types, so that the way back is not a letter long. */
export function setFilters(change: Partial<Filters>, replace = false): void {
  go(path.value, formatFilters({ ...filters.value, ...change }), replace);
}

export const NO_FILTERS: Omit<Filters, "period" | "text"> = {
  verdicts: [],
  minRounds: null,
  zone: null,
  classifications: [],
  dispositions: [],
  review: false,
};
