/** Whether the stream is there. When it is not, it says since when, and that it tries again. */
import { countdown } from "../../format/time.ts";
import { now } from "../../state/clock.ts";
import { line, lostSince } from "../../state/live.ts";

export function LineState() {
  const state = line.value;
  if (state === "live")
    return (
      <span class="line-state" role="status">
        <span class="lamp well" aria-hidden="true" />
        <span class="bar-words">Live</span>
      </span>
    );
  now.value;
  const since = lostSince.value === null ? "" : ` ${countdown((Date.now() - lostSince.value) / 1000)}`;
  return (
    <span class="line-state lost" role="status" title="What you see may be old. It is brought up to date once the connection is back.">
      <span class="lamp ill" aria-hidden="true" />
      {state === "connecting" ? "Connecting …" : "Reconnecting"}
      <span aria-hidden="true">{since}</span>
    </span>
  );
}
