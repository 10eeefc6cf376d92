import { clockTime, dayOf, utc, zoneName } from "../../format/time.ts";
import { now } from "../../state/clock.ts";
import { timeZone } from "../../state/settings.ts";

/** The agency's time; UTC when the pointer rests on it. */
export function Clock() {
  const zone = timeZone.value;
  const at = now.value;
  return (
    <time class="clock" dateTime={new Date(at).toISOString()} title={utc(at)}>
      <span class="clock-day">{dayOf(at, zone)}</span>
      <b>{clockTime(at, zone)}</b>
      <span class="clock-zone">{zoneName(at, zone)}</span>
    </time>
  );
}
