/** The incident in the drawer, in full; kept true by the stream. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { readIncident } from "../api/incidents.ts";
import { inWords, ProblemError, wasAborted } from "../api/problem.ts";
import type { Incident } from "../api/types.ts";
import { openIncident } from "./address.ts";
import { toast } from "./announce.ts";
import { lastEvent, missed } from "./live.ts";
import { phase } from "./session.ts";

export const opened = signal<Incident | null>(null);
export const openedProblem = signal<Error | null>(null);
/** Counts up when what hangs on the incident (timeline, follow-ups) is to be read anew. */
export const openedVersion = signal(0);

/** The time as of which the incident is shown as it was known; null: now. Nothing is decided about what was. */
export const asOf = signal<string | null>(null);
/** The time that was asked for: what is shown is still that of before until it is there. */
let wanted: string | null = null;

export function showAsOf(at: string | null): void {
  wanted = at;
  void refreshOpened();
}

export const openedPlace = computed<[number, number] | null>(() => {
  const incident = opened.value;
  if (incident?.longitude == null || incident.latitude == null) return null;
  return [incident.longitude, incident.latitude];
});

let reading = new AbortController();

/** Read the open incident (again). */
export async function refreshOpened(): Promise<void> {
  const id = openIncident.peek();
  if (id === null) return;
  reading.abort();
  reading = new AbortController();
  const { signal } = reading;
  const at = wanted;
  try {
    const incident = await readIncident(id, at, signal);
    batch(() => {
      asOf.value = at;
      opened.value = incident;
      openedProblem.value = null;
      openedVersion.value += 1;
    });
  } catch (error) {
    if (wasAborted(error)) return;
    if (at !== asOf.peek()) {
      // Nothing of then can be shown, so what is shown stays, and what is said of it.
      wanted = asOf.peek();
      toast(inWords(error), { tone: "bad" });
      return;
    }
    openedProblem.value = error instanceof Error ? error : new ProblemError(0, "", "", String(error));
  }
}

effect(() => {
  const id = openIncident.value;
  if (phase.value !== "open") return;
  untracked(() => {
    if (opened.value?.id !== id && opened.value?.number !== id) {
      opened.value = null;
      asOf.value = wanted = null;
    }
    openedProblem.value = null;
    if (id === null) reading.abort();
    else void refreshOpened();
  });
});

effect(() => {
  const event = lastEvent.value;
  const id = opened.peek()?.id;
  // One that was merged is no more: the server answers with the one that survives.
  if (event && (event.incident.id === id || event.merged_id === id) && wanted === null) untracked(() => void refreshOpened());
});

effect(() => {
  if (missed.value && wanted === null) untracked(() => void refreshOpened());
});
