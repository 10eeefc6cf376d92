/** The verdict in a sentence, with its probability and its reason; while it is open, how long it stays so. */
import type { Incident } from "../../api/types.ts";
import { percent } from "../../format/numbers.ts";
import { countdown } from "../../format/time.ts";
import { VERDICT_SENTENCES } from "../../format/words.ts";
import { Icon } from "../../parts/Icon.tsx";
import { Prose } from "../../parts/Prose.tsx";
import { Time } from "../../parts/Time.tsx";
import { VerdictMark } from "../../parts/VerdictMark.tsx";
import { now } from "../../state/clock.ts";
import { may } from "../../state/session.ts";

export function Verdict({ incident }: { incident: Incident }) {
  const chance = incident.probability_reported;
  return (
    <section class={`verdict ${incident.verdict}`} aria-label="Verdict">
      <p class="verdict-sentence">
        <VerdictMark verdict={incident.verdict} left={leftShare(incident)} />
        {VERDICT_SENTENCES[incident.verdict]}
      </p>
      {chance !== null && <Chance chance={chance} />}
      <p class="quiet">
        <Prose text={incident.reason} />
      </p>
      {incident.verdict === "pending" && <Countdown incident={incident} />}
      {incident.needs_review && (
        <p class="verdict-review">The evidence is not clear either way: a person should look at the calls.</p>
      )}
      {may("incidents:review") && may("calls:read") && may("alerts:read") && may("places:read") && (
        <p class="verdict-links">
          <a class="button" href={`/v1/incidents/${incident.id}/report.html`} target="_blank" rel="noreferrer">
            <Icon name="paper" /> Report
          </a>
          <a class="button" href={`/v1/incidents/${incident.id}/report.pdf`} target="_blank" rel="noreferrer">
            PDF
          </a>
        </p>
      )}
    </section>
  );
}

const leftMs = (incident: Incident) => Date.parse(incident.closes_at) - now.value;
const leftShare = (incident: Incident) =>
  incident.verdict === "pending"
    ? leftMs(incident) / (Date.parse(incident.closes_at) - Date.parse(incident.started_at))
    : 1;

function Chance({ chance }: { chance: number }) {
  return (
    <div class="chance">
      <span>Probability that somebody reported it</span>
      <b class="number">{percent(chance)}</b>
      <svg class="chance-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="6" class="chance-whole" />
        <rect width={Math.max(0.8, chance * 100)} height="6" class="chance-part" />
        <rect x="49.800" width="0.500" height="6" class="chance-half" />
      </svg>
    </div>
  );
}

function Countdown({ incident }: { incident: Incident }) {
  const left = leftMs(incident) / 1000;
  return (
    <p>
      {left > 0 ? (
        <>
          Calls count until <Time at={incident.closes_at} />: <b>{countdown(left)}</b> left.
        </>
      ) : (
        "The window is over; it waits until the call feeds are known to be complete."
      )}
    </p>
  );
}
