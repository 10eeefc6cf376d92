/** The open incident's shots, played in their time. */
import { computed, effect, signal } from "@preact/signals";
import type { Incident } from "../api/types.ts";
import { opened } from "./opened.ts";
import { tap } from "./sound.ts";

export interface PlayedShot {
  /** Seconds after the incident's first shot. */
  at_s: number;
  place: [number, number] | null;
}

export const SPEEDS = [1, 0.5, 0.25, 0.1] as const;
/** So long the last shot stays lit. */
const AFTER_S = 0.6;

export const shots = computed(() => shotsOf(opened.value));
export const length_s = computed(() => (shots.value.at(-1)?.at_s ?? 0) + AFTER_S);
/** Seconds after the first shot to which is played; null: not played, every shot is shown. */
export const playedTo = signal<number | null>(null);
export const playing = signal(false);
export const speed = signal<number>(1);

/** How many shots have been heard at a time. */
export const heardBy = (at_s: number) => shots.value.filter((shot) => shot.at_s <= at_s).length;

export function togglePlaying(): void {
  if (!playing.value && (playedTo.value === null || playedTo.value >= length_s.value)) playedTo.value = 0;
  playing.value = !playing.value;
}

export function seek(at_s: number): void {
  playing.value = false;
  playedTo.value = at_s;
}

export function stop(): void {
  playing.value = false;
  playedTo.value = null;
}

/** All alerts' shots in their order, by the time that each alert says. */
function shotsOf(incident: Incident | null): PlayedShot[] {
  if (!incident) return [];
  const start = Date.parse(incident.started_at);
  const found = incident.alerts.flatMap((alert) => {
    const after_s = (Date.parse(alert.started_at ?? incident.started_at) - start) / 1000;
    return (alert.shots ?? []).map((shot) => ({
      at_s: after_s + shot.offset_s,
      place: shot.longitude === null || shot.latitude === null ? null : ([shot.longitude, shot.latitude] as [number, number]),
    }));
  });
  return found.sort((one, other) => one.at_s - other.at_s);
}

// Another incident's shots are not played on.
let of: string | null = null;
effect(() => {
  const id = opened.value?.id ?? null;
  if (id !== of) stop();
  of = id;
});

effect(() => {
  if (!playing.value) return undefined;
  let frame = 0;
  let before = performance.now();
  let heard = heardBy((playedTo.peek() ?? 0) - 1e-9);
  const step = (time: number) => {
    const at_s = (playedTo.peek() ?? 0) + ((time - before) / 1000) * speed.peek();
    before = time;
    const now = heardBy(at_s);
    if (now > heard) tap();
    heard = now;
    playedTo.value = Math.min(at_s, length_s.peek());
    if (at_s >= length_s.peek()) playing.value = false;
    else frame = requestAnimationFrame(step);
  };
  frame = requestAnimationFrame(step);
  return () => cancelAnimationFrame(frame);
});
