/** How the verdict came about: every change, the newest first. */
import type { Incident } from "../../api/types.ts";
import { percent } from "../../format/numbers.ts";
import { VERDICT_WORDS } from "../../format/words.ts";
import { Prose } from "../../parts/Prose.tsx";
import { Time } from "../../parts/Time.tsx";
import { showAsOf } from "../../state/opened.ts";
import { AsOfForm } from "./AsOf.tsx";
import { VerdictMark } from "../../parts/VerdictMark.tsx";
import { Section } from "./Section.tsx";

export function History({ incident }: { incident: Incident }) {
  const newest = [...incident.history].reverse();
  return (
    <Section title="Verdicts before" count={newest.length} open={false}>
      <ol class="lines">
        {newest.map((change, index) => (
          <li class="line" key={index}>
            <b class="history-verdict">
              <VerdictMark verdict={change.verdict} /> {VERDICT_WORDS[change.verdict]}{" "}
              {percent(change.probability_reported)}
            </b>
            <span class="number">
              <Time at={change.decided_at} />
            </span>
            <span class="small quiet">
              <Prose text={change.reason} /> (rules {change.rules_version})
            </span>
            <button type="button" class="button" onClick={() => showAsOf(change.decided_at)}>
              What was known then
            </button>
          </li>
        ))}
      </ol>
      <AsOfForm />
    </Section>
  );
}
