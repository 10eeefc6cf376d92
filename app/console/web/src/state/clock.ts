/** The time as the server has it, once a second. */
import { signal } from "@preact/signals";

let aheadMs = 0;
export const now = signal(Date.now());

setInterval(() => {
  now.value = Date.now() + aheadMs;
}, 1_000);

/** Take note of a time that the server wrote: a screen whose clock is behind would count down wrongly. */
export function noteServerTime(time: string): void {
  const at = Date.parse(time);
  if (at <= Date.now() + aheadMs) return;
  aheadMs = at - Date.now();
  now.value = at;
}
