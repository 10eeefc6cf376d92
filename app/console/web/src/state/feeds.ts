/** The feeds' health, asked for now and then. */
import { effect, signal } from "@preact/signals";
import { get } from "../api/http.ts";
import { inWords } from "../api/problem.ts";
import type { Source } from "../api/types.ts";
import { noteServerTime } from "./clock.ts";
import { may, phase } from "./session.ts";

const EVERY_MS = 30_000;

export const feeds = signal<Source[] | null>(null);
export const feedsProblem = signal<string | null>(null);

export async function readFeeds(): Promise<void> {
  try {
    feeds.value = (await get("/v1/sources")).sources;
    feedsProblem.value = null;
    for (const feed of feeds.value) if (feed.last_received_at) noteServerTime(feed.last_received_at);
  } catch (error) {
    feedsProblem.value = inWords(error);
  }
}

export function watchFeeds(): void {
  effect(() => {
    if (phase.value !== "open" || !may("sources:read")) return undefined;
    void readFeeds();
    const timer = setInterval(() => void readFeeds(), EVERY_MS);
    return () => clearInterval(timer);
  });
}
