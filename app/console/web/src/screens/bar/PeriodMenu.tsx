/** From when to when. */
import { useState } from "preact/hooks";
import { fromLocalInput, toLocalInput } from "../../format/time.ts";
import { Icon } from "../../parts/Icon.tsx";
import { Popover } from "../../parts/Popover.tsx";
import { now } from "../../state/clock.ts";
import { filters, PERIODS, setFilters, spanOf } from "../../state/filters.ts";
import { timeZone } from "../../state/settings.ts";
import { periodInWords } from "./period-words.ts";

export function PeriodMenu() {
  const { period, text } = filters.value;
  const words = text ? "All time (search)" : periodInWords(period, timeZone.value);
  const label = (
    <>
      <span>{words}</span>
      <Icon name="down" />
    </>
  );
  return (
    <Popover label={label} name={`Period: ${words}`}>
      {(close) => (
        <>
          {PERIODS.map((choice) => (
            <button
              type="button"
              key={choice}
              class="menu-item"
              aria-pressed={choice === period}
              onClick={() => {
                setFilters({ period: choice });
                close();
              }}
            >
              {periodInWords(choice, timeZone.value)}
            </button>
          ))}
          <OwnSpan close={close} />
        </>
      )}
    </Popover>
  );
}

/** A span of one's own, in the agency's time. */
function OwnSpan({ close }: { close: () => void }) {
  const zone = timeZone.value;
  const span = spanOf(filters.peek(), now.peek());
  const local = (at: number | null) => (at === null ? "" : toLocalInput(at, zone));
  const [from, setFrom] = useState(local(span.from));
  const [to, setTo] = useState(local(span.to));
  const start = fromLocalInput(from, zone);
  const end = fromLocalInput(to, zone);
  const backwards = start !== null && end !== null && end <= start;
  const apply = (event: Event) => {
    event.preventDefault();
    if (start === null || backwards) return;
    const period = { from: new Date(start).toISOString(), to: end === null ? null : new Date(end).toISOString() };
    setFilters({ period });
    close();
  };
  return (
    <form class="own-span" onSubmit={apply}>
      <label class="field">
        <span>From ({zone})</span>
        <input class="input" type="datetime-local" required value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>To (empty: on and on)</span>
        <input class="input" type="datetime-local" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      {backwards && <p class="key-problem">The end lies before the beginning.</p>}
      <button type="submit" class="button" disabled={start === null || backwards}>
        Show this span
      </button>
    </form>
  );
}
