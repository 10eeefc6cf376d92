/** The stream's part: changes come in by themselves, and what was missed is read anew. */
import { effect, signal, untracked } from "@preact/signals";
import { listen } from "../api/stream.ts";
import { listed, type StreamEvent } from "../api/types.ts";
import { announce } from "./announce.ts";
import { noteServerTime, now } from "./clock.ts";
import { filters, fits, spanOf } from "./filters.ts";
import { incidents, load, put, remove } from "./incidents.ts";
import { checkSession, phase } from "./session.ts";
import { sing } from "./sound.ts";

const LET_GO_EVERY_MS = 60_000;

export type Line = "connecting" | "live" | "lost";

export const line = signal<Line>("connecting");
/** Since when the stream is lost, in milliseconds. */
export const lostSince = signal<number | null>(null);
/** The last event of each incident, for whoever shows one in full. */
export const lastEvent = signal<StreamEvent | null>(null);

/** Counts up when events may have been missed: whatever is shown is to be read anew. */
export const missed = signal(0);

function readAnew(): void {
  missed.value += 1;
  void load(filters.peek());
}

function take(event: StreamEvent): void {
  noteServerTime(event.at);
  const told = event.incident;
  if (event.merged_id && event.merged_id !== told.id) remove(event.merged_id);
  if (fits(filters.peek(), told, now.peek())) put(listed(told));
  else remove(told.id);
  // An alert that comes late is opened with its verdict; that of the verdict follows all the same.
  const news = event.type === "incident.unreported" && !event.historical;
  if (news) {
    sing();
    announce(`Unreported: ${told.number}, ${told.address ?? "no address"}`);
  }
  lastEvent.value = event;
}

function connect(): () => void {
  line.value = "connecting";
  return listen({
    event: take,
    reset: readAnew,
    open() {
      line.value = "live";
      lostSince.value = null;
    },
    lost() {
      line.value = "lost";
      void checkSession();
      lostSince.value ??= Date.now();
    },
  });
}

/** What is older than the period by now goes: the last 24 hours are not those before somebody opened the page. */
function letGo(): void {
  const { from } = spanOf(filters.peek(), now.peek());
  if (from === null || phase.peek() !== "open") return;
  for (const { id, started_at } of [...incidents()]) if (Date.parse(started_at) < from) remove(id);
}

/** While the session is open: the list of the filters, and the stream. */
export function startLive(): void {
  setInterval(letGo, LET_GO_EVERY_MS);
  effect(() => {
    if (phase.value === "open") return connect();
    return undefined;
  });
  effect(() => {
    const wanted = filters.value;
    if (phase.value === "open") untracked(() => void load(wanted));
  });
}
