/** A moment in the agency's zone; UTC when the pointer rests on it. */
import { clockTime, dateOf, dayOf, sameDay, utc } from "../format/time.ts";
import { now } from "../state/clock.ts";
import { timeZone } from "../state/settings.ts";

interface Props {
  at: string;
  /** `short`: the day only where it is not today. */
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
          : `${dayOf(moment, zone)} ${clock}`;
  return (
    <time dateTime={at} title={utc(moment)}>
      {text}
    </time>
  );
}
