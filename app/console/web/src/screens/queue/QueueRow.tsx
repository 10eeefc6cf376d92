/** One incident in two lines: what, how many rounds, when; where, and how sure. */
import type { Listed } from "../../api/types.ts";
import { percent } from "../../format/numbers.ts";
import { countdown } from "../../format/time.ts";
import { CLASSIFICATION_WORDS, DISPOSITION_WORDS, VERDICT_WORDS } from "../../format/words.ts";
import { Time } from "../../parts/Time.tsx";
import { VerdictMark } from "../../parts/VerdictMark.tsx";
import { addressOfIncident, openIncident, search, showIncident } from "../../state/address.ts";
import { now } from "../../state/clock.ts";
import { cursor, hovered, restOn } from "../../state/queue.ts";

interface Props {
  incident: Listed;
  row: number;
}

export function QueueRow({ incident, row }: Props) {
  const { id } = incident;
  const open = openIncident.value === id;
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    cursor.value = id;
    showIncident(id);
  };
  return (
    <a
      class={`queue-row ${incident.disposition ? "settled" : ""}`}
      href={addressOfIncident(id) + search.value}
      data-row={row}
      data-incident={id}
      aria-current={open ? "true" : undefined}
      data-cursor={cursor.value === id}
      data-hovered={hovered.value === id}
      onClick={follow}
      onFocus={() => (cursor.value = id)}
      onPointerEnter={() => restOn(id)}
      onPointerLeave={() => restOn(null)}
    >
      <Mark incident={incident} />
      <span class="queue-line">
        <span class="queue-what">
          <span class="hidden-visually">{VERDICT_WORDS[incident.verdict]}: </span>
          {incident.address ?? "No address"}
        </span>
        {incident.disposition && <span class="tag">{DISPOSITION_WORDS[incident.disposition]}</span>}
        {incident.needs_review && !incident.disposition && <span class="tag review">Review</span>}
        <span class="queue-when number">
          <Time at={incident.started_at} />
        </span>
      </span>
      <span class="queue-line">
        <span class="queue-more">
          {incident.number}
          {incident.zones.length > 0 && ` · ${incident.zones.join(", ")}`}
        </span>
        <Rounds incident={incident} />
        <Certainty incident={incident} />
      </span>
    </a>
  );
}

const windowS = (incident: Listed) => (Date.parse(incident.closes_at) - Date.parse(incident.started_at)) / 1000;
const leftS = (incident: Listed) => (Date.parse(incident.closes_at) - now.value) / 1000;

function Mark({ incident }: { incident: Listed }) {
  if (incident.verdict !== "pending") return <VerdictMark verdict={incident.verdict} />;
  return <VerdictMark verdict="pending" left={leftS(incident) / windowS(incident)} />;
}

function Rounds({ incident }: { incident: Listed }) {
  if (incident.rounds === null) return <span class="queue-rounds">{CLASSIFICATION_WORDS[incident.classification]}</span>;
  return (
    <span class="queue-rounds">
      <b>{incident.rounds}</b> {incident.rounds === 1 ? "round" : "rounds"}
    </span>
  );
}

/** The probability, or what is left of the window. */
function Certainty({ incident }: { incident: Listed }) {
  if (incident.verdict === "pending") {
    const left = leftS(incident);
    return (
      <span class="queue-certainty" title="Time left for calls to come in">
        {left > 0 ? `${countdown(left)} left` : "closing"}
      </span>
    );
  }
  return (
    <span class="queue-certainty" title="Probability that somebody reported it">
      {percent(incident.probability_reported)}
    </span>
  );
}
