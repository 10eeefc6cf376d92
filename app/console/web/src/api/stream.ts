/** The live stream: server-sent events, reconnecting, each handed on once. */
import type { StreamEvent } from "./types.ts";

const KINDS = ["opened", "updated", "reported", "unreported", "indeterminate", "withdrawn", "merged", "reviewed"];
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
// Until the server has told how often it gives a sign of life: twice the longest that it may be set to.
const SILENCE_MS = 120_000;
const PATIENCE_MS = 5_000;

export interface StreamListener {
  event(event: StreamEvent): void;
  /** Events may have been missed: what is shown must be read anew. */
  reset(): void;
  open(): void;
  lost(): void;
}

/** Listen until the returned function is called. */
export function listen(listener: StreamListener): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT_MS;
  // What happened before a connection stood was told to nobody: whatever was read until then is read anew.
  let again = true;
  let heardAt = Date.now();
  let silenceMs = SILENCE_MS;

  /** Listen anew, since the browser does not notice by itself that nothing comes any more. */
  function giveUp(): void {
    source?.close();
    listener.lost();
    again = true;
    clearTimeout(timer);
    timer = setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  function connect(): void {
    const opened = new EventSource("/v1/stream");
    source = opened;
    heardAt = Date.now();
    opened.onopen = () => {
      heardAt = Date.now();
      wait = FIRST_WAIT_MS;
      listener.open();
      // The browser resumes by the last id on its own; a connection that we made ourselves begins with now.
      if (again) listener.reset();
      again = false;
    };
    opened.onerror = () => {
      if (opened.readyState === EventSource.CLOSED) giveUp();
      else listener.lost();
    };
    const take = (message: MessageEvent<string>) => {
      heardAt = Date.now();
      listener.event(JSON.parse(message.data) as StreamEvent);
    };
    opened.addEventListener("alive", (message: MessageEvent<string>) => {
      heardAt = Date.now();
      silenceMs = 2_000 * (JSON.parse(message.data) as { again_within_s: number }).again_within_s + PATIENCE_MS;
    });
    for (const kind of KINDS) opened.addEventListener(`incident.${kind}`, take);
    opened.onmessage = take;
    opened.addEventListener("reset", () => listener.reset());
  }

  connect();
  const watch = setInterval(() => {
    if (source?.readyState === EventSource.OPEN && Date.now() - heardAt > silenceMs) giveUp();
  }, LOOK_EVERY_MS);
  addEventListener("offline", giveUp);
  return () => {
    removeEventListener("offline", giveUp);
    clearInterval(watch);
    clearTimeout(timer);
    source?.close();
  };
}
