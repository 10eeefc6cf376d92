/** What the incident under the pointer is, beside it. */
import { percent } from "../format/numbers.ts";
import { VERDICT_WORDS } from "../format/words.ts";
import { Time } from "../parts/Time.tsx";
import { incident } from "../state/incidents.ts";
import { tip } from "./tip-state.ts";

export function Tip() {
  const shown = tip.value;
  const found = shown && incident(shown.id);
  if (!shown || !found) return null;
  return (
    <div class="map-tip" aria-hidden="true" style={{ transform: `translate(${shown.x + 14}px, ${shown.y + 14}px)` }}>
      <b>{VERDICT_WORDS[found.verdict]}</b> {percent(found.probability_reported)}
      <br />
      {found.address ?? "No address"}
      <br />
      <Time at={found.started_at} />
      {found.rounds !== null && ` · ${found.rounds} rounds`}
    </div>
  );
}
