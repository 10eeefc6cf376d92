/** The incident in the drawer, in full; kept true by the stream. */
import { computed, effect, signal, untracked } from "@preact/signals";
import { readIncident } from "../api/incidents.ts";
import { ProblemError, wasAborted } from "../api/problem.ts";
import type { Incident } from "../api/types.ts";
import { openIncident } from "./address.ts";
import { lastEvent } from "./live.ts";
import { phase } from "./session.ts";

export const opened = signal<Incident | null>(null);
export const openedProblem = signal<Error | null>(null);
/** Counts up when what hangs on the incident (timeline, follow-ups) is to be read anew. */
export const openedVersion = signal(0);

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
  try {
    const incident = await readIncident(id, signal);
    opened.value = incident;
    openedProblem.value = null;
    openedVersion.value += 1;
  } catch (error) {
    if (wasAborted(error)) return;
    openedProblem.value = error instanceof Error ? error : new ProblemError(0, "", "", String(error));
  }
}

effect(() => {
  const id = openIncident.value;
  if (phase.value !== "open") return;
  untracked(() => {
    if (opened.value?.id !== id && opened.value?.number !== id) opened.value = null;
    openedProblem.value = null;
    if (id === null) reading.abort();
    else void refreshOpened();
  });
});

effect(() => {
  const event = lastEvent.value;
  if (event && event.incident.id === opened.peek()?.id) untracked(() => void refreshOpened());
});
