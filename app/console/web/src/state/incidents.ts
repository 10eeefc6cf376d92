/** Every incident that is shown, by its id: read page by page, kept true by the stream. */
import { signal } from "@preact/signals";
import { firstPage, nextPage, type Page } from "../api/incidents.ts";
import { inWords, wasAborted } from "../api/problem.ts";
import type { Listed, Verdict } from "../api/types.ts";
import { now } from "./clock.ts";
import { type Filters, queryOf } from "./filters.ts";

const FIRST_ROWS = 200;
const MORE_ROWS = 1_000;
/** So many are read without being asked; the rest as somebody scrolls to the end. */
const UNASKED_ROWS = 20_000;
const TELL_EVERY_MS = 150;

export interface Change {
  /** Everything before is gone. */
  all: boolean;
  put: Listed[];
  removed: string[];
}

export type Loading = "first" | "more" | "done" | "paused" | "failed";

const byId = new Map<string, Listed>();
/** What was told while pages are read, null where something went away: a page that comes later may be older. */
const toldMeanwhile = new Map<string, Listed | null>();
/** Counts up whenever incidents changed; what is worked out from them depends on it. */
export const version = signal(0);
export const loading = signal<Loading>("first");
export const loadProblem = signal<string | null>(null);

let reading = new AbortController();
let goOn: (() => void) | null = null;
const listeners = new Set<(change: Change) => void>();
let waiting: Change = { all: false, put: [], removed: [] };
let timer: ReturnType<typeof setTimeout> | undefined;

export const incidents = (): IterableIterator<Listed> => byId.values();
export const incident = (id: string): Listed | undefined => byId.get(id);
export const count = (): number => byId.size;

/** Be told of changes, a few times a second; the first call has everything. */
export function onChange(listener: (change: Change) => void): () => void {
  listeners.add(listener);
  listener({ all: true, put: [...byId.values()], removed: [] });
  return () => listeners.delete(listener);
}

export function put(incident: Listed): void {
  note(incident.id, incident);
  keep(incident);
}

export function remove(id: string): void {
  note(id, null);
  if (!byId.delete(id)) return;
  waiting.removed.push(id);
  tellSoon();
}

function note(id: string, told: Listed | null): void {
  if (loading.peek() !== "done") toldMeanwhile.set(id, told);
}

function keep(incident: Listed): void {
  const before = byId.get(incident.id);
  // A page that was asked for earlier than the event came must not take it back.
  if (before && before.updated_at > incident.updated_at) return;
  byId.set(incident.id, incident);
  waiting.put.push(incident);
  tellSoon();
}

function tellSoon(): void {
  timer ??= setTimeout(tell, TELL_EVERY_MS);
}

function tell(): void {
  clearTimeout(timer);
  timer = undefined;
  const change = waiting;
  waiting = { all: false, put: [], removed: [] };
  version.value += 1;
  for (const listener of listeners) listener(change);
}

/** Read what the filters ask for: what needs somebody first, then the rest. What was shown stays until then. */
export async function load(filters: Filters): Promise<void> {
  reading.abort();
  reading = new AbortController();
  goOn = null;
  toldMeanwhile.clear();
  const { signal } = reading;
  loading.value = "first";
  loadProblem.value = null;
  const query = queryOf(filters, now.peek());
  let fresh = true;
  const take = (page: Page) => {
    if (fresh) {
      byId.clear();
      waiting = { all: true, put: [], removed: [] };
      fresh = false;
      for (const told of toldMeanwhile.values()) if (told) keep(told);
    }
    for (const incident of page.incidents) if (toldMeanwhile.get(incident.id) !== null) keep(incident);
    tell();
    loading.value = "more";
  };
  try {
    for (const verdicts of passes(filters.verdicts)) {
      let page = await firstPage({ ...query, verdict: verdicts }, FIRST_ROWS, signal);
      take(page);
      while (page.next) {
        if (byId.size >= UNASKED_ROWS) await asked(signal);
        page = await nextPage(page.next.replace(`limit=${FIRST_ROWS}`, `limit=${MORE_ROWS}`), signal);
        take(page);
      }
    }
    loading.value = "done";
    toldMeanwhile.clear();
  } catch (error) {
    if (wasAborted(error)) return;
    loadProblem.value = inWords(error);
    loading.value = "failed";
  }
}

/** The verdicts to ask for, one list after the other. */
function passes(chosen: Verdict[]): Verdict[][] {
  const wanted = (verdict: Verdict) => !chosen.length || chosen.includes(verdict);
  const urgent = (["unreported", "pending"] as const).filter(wanted);
  const others = (["reported", "indeterminate", "withdrawn"] as const).filter(wanted);
  return [[...urgent], [...others]].filter((verdicts) => verdicts.length);
}

/** Wait until somebody scrolls to the end. */
function asked(signal: AbortSignal): Promise<void> {
  loading.value = "paused";
  return new Promise((resolve, reject) => {
    goOn = resolve;
    signal.addEventListener("abort", () => reject(new DOMException("not wanted any more", "AbortError")));
  });
}

export function loadMore(): void {
  goOn?.();
  goOn = null;
}
