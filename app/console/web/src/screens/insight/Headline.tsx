/** The figure that people ask for, in a sentence. */
import { whole } from "../../format/numbers.ts";
import { Loading, WentWrong } from "../../parts/States.tsx";
import { useReading } from "../../parts/reading.ts";
import { askReporting } from "./questions.ts";
import { hundredths, intervalOf } from "./shares.ts";

export function Headline() {
  const { ask, key } = askReporting("month");
  const { value, problem, again } = useReading(ask, [key]);
  if (problem) return <WentWrong what="The figures could not be read" problem={problem} again={again} />;
  if (!value) return <Loading what="the figures" />;
  const { totals, calls_without_alert: unalerted, counted } = value;
  const open = [
    totals.pending ? `${whole(totals.pending)} still pending` : "",
    totals.indeterminate ? `${whole(totals.indeterminate)} that cannot be told` : "",
    totals.withdrawn ? `${whole(totals.withdrawn)} withdrawn` : "",
  ].filter(Boolean);
  return (
    <section class="headline" aria-label="In one sentence">
      {totals.share === null ? (
        <p class="headline-figure">
          {totals.denominator === 0 ? "No shooting was decided in this period." : `${whole(totals.numerator)} of ${whole(totals.denominator)} shootings were reported: too few for a share.`}
        </p>
      ) : (
        <p class="headline-figure">
          Nobody reported {whole(totals.unreported)} of {whole(totals.denominator)} shootings; {hundredths(totals.share)} were reported
          <span class="quiet"> (95 % interval {intervalOf(totals)})</span>.
        </p>
      )}
      {open.length > 0 && <p class="quiet">Not among them: {open.join(", ")}.</p>}
      {unalerted?.numerator != null && unalerted.denominator != null && (
        <p class="quiet">
          Of {whole(unalerted.denominator)} calls of shots inside coverage, {whole(unalerted.numerator)} have no alert.
        </p>
      )}
      {counted.limits.length > 0 && (
        <details>
          <summary>What to mind</summary>
          <ul class="limits">
            {counted.limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
