/** The verdict in a sentence, with its probability and its reason. */
import type { Incident } from "../../api/types.ts";
import { percent } from "../../format/numbers.ts";
import { VERDICT_SENTENCES } from "../../format/words.ts";
import { VerdictMark } from "../../parts/VerdictMark.tsx";

export function Verdict({ incident }: { incident: Incident }) {
  return (
    <section class={`verdict ${incident.verdict}`} aria-label="Verdict">
      <p class="verdict-sentence">
        <VerdictMark verdict={incident.verdict} />
        {VERDICT_SENTENCES[incident.verdict]}
      </p>
      <p>Probability that somebody did: {percent(incident.probability_reported)}</p>
      <p class="quiet">{incident.reason}</p>
    </section>
  );
}
