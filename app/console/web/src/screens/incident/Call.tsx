/** One call: how late, how far, how likely, why, and what a person says. */
import { useState } from "preact/hooks";
import type { Decision, IncidentCall } from "../../api/types.ts";
import { metres, NOT_KNOWN, percent } from "../../format/numbers.ts";
import { span } from "../../format/time.ts";
import { capital, plain } from "../../format/words.ts";
import { Time } from "../../parts/Time.tsx";
import { asOf } from "../../state/opened.ts";
import { may } from "../../state/session.ts";
import { chooseCall } from "./call-cursor.ts";
import { decide } from "./decide.ts";
import { EvidenceBars } from "./EvidenceBars.tsx";

interface Props {
  incident: string;
  call: IncidentCall;
  /** Whether the keys act on it. */
  chosen: boolean;
}

export function Call({ incident, call, chosen }: Props) {
  return (
    <li id={`call-${call.id}`} class="call" data-chosen={chosen} onFocusCapture={() => chooseCall(call.id)}>
      <div class="call-head">
        <b>{call.nature_code ?? capital(plain(call.nature))}</b>
        <span class="quiet">
          {plain(call.line)} · <Time at={call.received_at} form="clock" />
        </span>
        <b class="number" title="Probability that this call reports this incident">
          {percent(call.probability)}
        </b>
      </div>
      <p class="call-figures">
        <span>{call.lag_s === null ? NOT_KNOWN : `${span(call.lag_s)} ${call.lag_s < 0 ? "(before)" : "after"}`}</span>
        <span>{call.distance_m === null ? NOT_KNOWN : `${metres(call.distance_m)} away`}</span>
        <span>{call.origin === "citizen" ? "a person called" : `origin ${plain(call.origin)}`}</span>
      </p>
      {call.evidence && <EvidenceBars evidence={call.evidence} />}
      {call.without && (
        <p class="small quiet">
          Without this call the probability would be {percent(call.without.probability_reported)}
          {call.without.decisive ? ", and the verdict another one." : "."}
        </p>
      )}
      {may("incidents:review") && asOf.value === null && <Deciding incident={incident} call={call} chosen={chosen} />}
    </li>
  );
}

const CHOICES: [Decision, string, string][] = [
  ["confirmed", "It reports this", "c"],
  ["rejected", "It does not", "r"],
  ["automatic", "By the evidence", "a"],
];

function Deciding({ incident, call, chosen }: Props) {
  const [note, setNote] = useState("");
  const say = async (decision: Decision) => {
    if (await decide(incident, call, decision, note.trim() || null)) setNote("");
  };
  return (
    <div class="deciding" role="group" aria-label={`Decision about call ${call.id}`}>
      {CHOICES.map(([decision, words, key]) => (
        <button
          type="button"
          key={decision}
          class="button"
          data-decision={decision}
          aria-pressed={call.decision === decision}
          onClick={() => void say(decision)}
        >
          {words} {chosen && <kbd aria-hidden="true">{key}</kbd>}
        </button>
      ))}
      <input
        class="input"
        placeholder="Note (goes with the decision)"
        aria-label="Note that goes with the decision"
        maxLength={2000}
        value={note}
        onInput={(event) => setNote(event.currentTarget.value)}
      />
    </div>
  );
}
