/** How many of each verdict; a press shows only those. */
import { VERDICT_WORDS } from "../../format/words.ts";
import { whole } from "../../format/numbers.ts";
import { VerdictMark } from "../../parts/VerdictMark.tsx";
import { filters, setFilters, VERDICTS } from "../../state/filters.ts";
import { tally } from "../../state/tally.ts";

export function Tally() {
  const chosen = filters.value.verdicts;
  return (
    <div class="tally" role="group" aria-label="By verdict">
      {VERDICTS.map((verdict) => {
        const left = chosen.length > 0 && !chosen.includes(verdict);
        const pressed = chosen.length === 1 && chosen[0] === verdict;
        return (
          <button
            type="button"
            key={verdict}
            class="tally-part"
            aria-pressed={pressed}
            aria-label={`${VERDICT_WORDS[verdict]}: ${left ? "not shown" : tally.value[verdict]}`}
            title={VERDICT_WORDS[verdict]}
            onClick={() => setFilters({ verdicts: pressed ? [] : [verdict] })}
          >
            <VerdictMark verdict={verdict} left={0.7} />
            {left ? "–" : whole(tally.value[verdict])}
          </button>
        );
      })}
    </div>
  );
}
