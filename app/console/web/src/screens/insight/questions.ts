/** What the figures are asked about: the period and the filters of the address bar that make sense for them. */
import { computed } from "@preact/signals";
import { addressOf, get, type Query } from "../../api/http.ts";
import type { components } from "../../api/schema";
import { now } from "../../state/clock.ts";
import { search } from "../../state/address.ts";
import { filters, queryOf, setFilters } from "../../state/filters.ts";

type Schemas = components["schemas"];
export type Reporting = Schemas["Reporting"];
export type ReportingRow = Schemas["ReportingRow"];
export type ResponseTimes = Schemas["ResponseTimes"];
export type Sensitivity = Schemas["SensitivityTable"];

const MINUTE_MS = 60_000;
const USUAL = "90d";

/** Statistics of a day say little: without a period of one's own it is three months. */
export function chooseLongPeriod(): void {
  const given = new URLSearchParams(search.peek());
  if (!given.has("period") && !given.has("from")) setFilters({ period: USUAL }, true);
}

// By whole minutes, so that the figures are not asked for anew with every tick of the clock.
const minute = computed(() => Math.ceil(now.value / MINUTE_MS / 10) * MINUTE_MS * 10);

/** Verdict, disposition, review and search would choose what is to be measured. */
export const question = computed<Query>(() => {
  const { from, to, min_rounds, zone, classification } = queryOf(filters.value, minute.value);
  return { from, to, min_rounds, zone, classification };
});

const span = computed<Query>(() => {
  const { from, to, zone } = question.value;
  return { from, to, zone };
});

export type By = "zone" | "hour_weekday" | "month" | "rounds";

/** A question to the server: its address, also as CSV, and how to ask it. */
interface Asked<T> {
  key: string;
  csv: string;
  ask: (signal: AbortSignal) => Promise<T>;
}

export function askReporting(by: By, kind: string | null = null): Asked<Reporting> {
  const query = { ...question.value, by, zone_kind: kind };
  return asked("/v1/insight/reporting", query, (signal) => get("/v1/insight/reporting", { query, signal }) as Promise<Reporting>);
}

export function askResponse(): Asked<ResponseTimes> {
  const query = question.value;
  return asked("/v1/insight/response", query, (signal) => get("/v1/insight/response", { query, signal }) as Promise<ResponseTimes>);
}

export function askSensitivity(): Asked<Sensitivity> {
  const query = span.value;
  return asked("/v1/insight/sensitivity", query, (signal) => get("/v1/insight/sensitivity", { query, signal }) as Promise<Sensitivity>);
}

function asked<T>(path: string, query: Query, ask: Asked<T>["ask"]): Asked<T> {
  return { key: addressOf(path, { query }), csv: addressOf(path, { query: { ...query, f: "csv" } }), ask };
}
