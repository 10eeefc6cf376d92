/** What was known at a time: said above the incident while it is shown so, and chosen below its verdicts. */
import { useState } from "preact/hooks";
import { fromLocalInput, toLocalInput } from "../../format/time.ts";
import { Time } from "../../parts/Time.tsx";
import { now } from "../../state/clock.ts";
import { asOf, showAsOf } from "../../state/opened.ts";
import { timeZone } from "../../state/settings.ts";

export function AsOf() {
  const at = asOf.value;
  if (at === null) return null;
  return (
    <p class="as-of" role="status">
      As it was known on <Time at={at} form="full" />.
      <button type="button" class="button" onClick={() => showAsOf(null)}>
        Back to now
      </button>
    </p>
  );
}

export function AsOfForm() {
  const zone = timeZone.value;
  const [text, setText] = useState(() => toLocalInput(now.peek(), zone));
  const at = fromLocalInput(text, zone);
  const isToCome = at !== null && at > now.peek();
  const show = (event: Event) => {
    event.preventDefault();
    if (at !== null && !isToCome) showAsOf(new Date(at).toISOString());
  };
  return (
    <form class="deciding" onSubmit={show}>
      <label class="field">
        <span>As it was known at ({zone})</span>
        <input class="input" type="datetime-local" step={1} required value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button" disabled={at === null || isToCome}>
        Show
      </button>
      {isToCome && <p class="small quiet">That is still to come.</p>}
    </form>
  );
}
