/** The queue: what nobody reported first, then what a person should look at, what is still open, the rest. */
import { computed, signal } from "@preact/signals";
import type { Listed } from "../api/types.ts";
import { openIncident, showIncident } from "./address.ts";
import { incident, incidents, version } from "./incidents.ts";

export type SectionName = "unreported" | "review" | "pending" | "rest";
export interface Section {
  name: SectionName;
  title: string;
  incidents: Listed[];
}
export type Row = { kind: "section"; section: Section } | { kind: "incident"; incident: Listed; place: number };

export const TITLES: Record<SectionName, string> = {
  unreported: "Unreported",
  review: "To review",
  pending: "Pending",
  rest: "Everything else",
};

/** Where an incident waits: one that somebody dealt with waits for nobody. */
export function sectionOf(incident: Listed): SectionName {
  if (incident.verdict === "pending") return "pending";
  if (incident.disposition !== null) return "rest";
  if (incident.verdict === "unreported") return "unreported";
  return incident.needs_review ? "review" : "rest";
}

const newestFirst = (a: Listed, b: Listed) => (a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : 0);
const soonestFirst = (a: Listed, b: Listed) => (a.closes_at < b.closes_at ? -1 : a.closes_at > b.closes_at ? 1 : 0);

export const folded = signal<ReadonlySet<SectionName>>(new Set());

export const sections = computed<Section[]>(() => {
  version.value;
  const by: Record<SectionName, Listed[]> = { unreported: [], review: [], pending: [], rest: [] };
  for (const one of incidents()) by[sectionOf(one)].push(one);
  return (Object.keys(by) as SectionName[]).map((name) => ({
    name,
    title: TITLES[name],
    incidents: by[name].sort(name === "pending" ? soonestFirst : newestFirst),
  }));
});

export const rows = computed<Row[]>(() => {
  const rows: Row[] = [];
  for (const section of sections.value) {
    if (!section.incidents.length) continue;
    rows.push({ kind: "section", section });
    if (folded.value.has(section.name)) continue;
    section.incidents.forEach((incident, index) => rows.push({ kind: "incident", incident, place: index + 1 }));
  }
  return rows;
});

/** The row that the keyboard is at; the open incident where there is one. */
export const cursor = signal<string | null>(null);
export const current = computed(() => openIncident.value ?? cursor.value);

/** The incident that the pointer is over, in the queue or on the map. */
export const hovered = signal<string | null>(null);
const RESTS_MS = 80;
let rests: ReturnType<typeof setTimeout> | undefined;

/** The pointer is over a row of the queue, or over none: only where it rests, for each change draws the map anew. */
export function restOn(id: string | null): void {
  clearTimeout(rests);
  rests = setTimeout(() => (hovered.value = id), RESTS_MS);
}

/** Which row to bring into view and focus, told by whoever moves the cursor. */
export const wanted = signal<{ row: number; focus: boolean } | null>(null);

/** Go some rows down (or up, negative). With an open drawer the next incident opens. */
export function move(step: number): void {
  const list = rows.peek();
  const at = list.findIndex((row) => row.kind === "incident" && row.incident.id === current.peek());
  let to = at < 0 && step < 0 ? list.length : at;
  do to += step;
  while (list[to]?.kind === "section");
  const row = list[to];
  if (row?.kind !== "incident") return;
  cursor.value = row.incident.id;
  wanted.value = { row: to, focus: openIncident.peek() === null };
  if (openIncident.peek() !== null) showIncident(row.incident.id);
}

/** The incident that a key acts on. */
export function target(): Listed | undefined {
  const id = current.peek();
  return id === null ? undefined : incident(id);
}

export function toggleSection(name: SectionName): void {
  const next = new Set(folded.value);
  if (!next.delete(name)) next.add(name);
  folded.value = next;
}
