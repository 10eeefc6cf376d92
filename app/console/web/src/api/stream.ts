/** The live stream: server-sent events, reconnecting, each handed on once. */
import type { StreamEvent } from "./types.ts";

const KINDS = ["opened", "updated", "reported", "unreported", "indeterminate", "withdrawn", "merged", "reviewed"];
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

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

  function connect(): void {
    const opened = new EventSource("/v1/stream");
    source = opened;
    opened.onopen = () => {
      wait = FIRST_WAIT_MS;
      listener.open();
      // The browser resumes by the last id on its own; a connection that we made ourselves begins with now.
      if (again) listener.reset();
      again = false;
    };
    opened.onerror = () => {
      listener.lost();
      if (opened.readyState !== EventSource.CLOSED) return;
      again = true;
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    };
    const take = (message: MessageEvent<string>) => listener.event(JSON.parse(message.data) as StreamEvent);
    for (const kind of KINDS) opened.addEventListener(`incident.${kind}`, take);
    opened.onmessage = take;
    opened.addEventListener("reset", () => listener.reset());
  }

  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
