/** Which call the keys act on. */
import { computed, signal } from "@preact/signals";
import type { IncidentCall } from "../../api/types.ts";
import { opened } from "../../state/opened.ts";

const chosen = signal<string | null>(null);

/** The most probable first; those that somebody decided about stay in their place. */
export const calls = computed<IncidentCall[]>(() =>
  [...(opened.value?.calls ?? [])].sort((a, b) => b.probability - a.probability || (a.lag_s ?? 0) - (b.lag_s ?? 0)),
);

/** The chosen call, else the first one nobody decided about. */
export const callCursor = computed<IncidentCall | null>(() => {
  const all = calls.value;
  return all.find((call) => call.id === chosen.value) ?? all.find((call) => call.decision === "automatic") ?? all[0] ?? null;
});

export function chooseCall(id: string): void {
  chosen.value = id;
}

export function stepCall(step: number): void {
  const all = calls.peek();
  const at = all.findIndex((call) => call.id === callCursor.peek()?.id);
  const next = all[Math.min(all.length - 1, Math.max(0, at + step))];
  if (next) {
    chooseCall(next.id);
    document.getElementById(`call-${next.id}`)?.scrollIntoView({ block: "nearest" });
  }
}
