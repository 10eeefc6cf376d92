/** A moment in the agency's zone; UTC when the pointer rests on it. */
import { clockTime, dateOf, minuteTime, sameDay, shortDay, utc } from "../format/time.ts";
import { now } from "../state/clock.ts";
import { timeZone } from "../state/settings.ts";

interface Props {
  at: string;
  /** `short`: seconds where it is today, else the day. */
  form?: "short" | "clock" | "full";
}

export function Time({ at, form = "short" }: Props) {
  const moment = Date.parse(at);
  const zone = timeZone.value;
  const clock = clockTime(moment, zone);
  const text =
    form === "clock"
      ? clock
      : form === "full"
        ? `${dateOf(moment, zone)} ${clock}`
        : sameDay(moment, now.peek(), zone)
          ? clock
          : `${shortDay(moment, zone)} ${minuteTime(moment, zone)}`;
  return (
    <time dateTime={at} title={utc(moment)}>
      {text}
    </time>
  );
}
