/** How quickly somebody knew and somebody came, after the first shot. */
import * as Plot from "@observablehq/plot";
import { NOT_KNOWN, whole } from "../../format/numbers.ts";
import { span } from "../../format/time.ts";
import type { Colours } from "../../parts/Chart.tsx";
import { useReading } from "../../parts/reading.ts";
import { Figure } from "./Figure.tsx";
import { askResponse, type ResponseTimes as Times } from "./questions.ts";
import { hundredths } from "./shares.ts";

const STEPS = { publication: "Alert published", first_call: "First call", dispatch: "Dispatch", arrival: "Arrival" } as const;
type Step = keyof typeof STEPS;

const stepsOf = (value: Times) =>
  (Object.keys(STEPS) as Step[]).map((step) => ({ name: STEPS[step], span: value.totals[step] }));

export function ResponseTimes() {
  const { ask, csv, key } = askResponse();
  const answer = useReading(ask, [key]);
  return (
    <Figure
      title="Response times"
      name="response-times"
      answer={answer}
      csv={csv}
      isEmpty={(value) => stepsOf(value).every((step) => step.span.count === 0)}
      draw={drawing}
      label={() => "Medians and middle 80 % of the times from the first shot to publication, first call, dispatch and arrival."}
      table={(value) => ({
        head: ["After the first shot", "Median", "95 % interval", "10 % within", "90 % within", "Known", "Not known"],
        rows: stepsOf(value).map(({ name, span: found }) => [
          name,
          found.median ? span(found.median.value) : NOT_KNOWN,
          found.median?.low != null && found.median.high != null ? `${span(found.median.low)} to ${span(found.median.high)}` : NOT_KNOWN,
          found.p10 ? span(found.p10.value) : NOT_KNOWN,
          found.p90 ? span(found.p90.value) : NOT_KNOWN,
          whole(found.count),
          whole(found.missing),
        ]),
      })}
    >
      {(value) => {
        const { numerator, denominator, share } = value.totals.alert_first;
        return (
          <p class="quiet small">
            {share === null
              ? "There is no shooting with both a publication and a call that reports it."
              : `The alert came before the first call in ${whole(numerator)} of ${whole(denominator)} shootings that have both (${hundredths(share)}).`}
          </p>
        );
      }}
    </Figure>
  );
}

type Steps = ReturnType<typeof stepsOf>;

const longest = (steps: Steps) => Math.max(60, ...steps.map((step) => step.span.p90?.value ?? 0)) * 1.04;

/** Seconds for the ticks: whole minutes, at most seven of them. */
function minutesTo(steps: Steps): number[] {
  const most = longest(steps) / 60;
  const step = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 360, 1440].find((minutes) => most / minutes <= 7) ?? most / 7;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, place) => place * step * 60);
}

function drawing(value: Times) {
  const steps = stepsOf(value).filter((step) => step.span.median !== null);
  return (_width: number, colours: Colours): Plot.PlotOptions => ({
    className: "plot",
    height: 200,
    marginLeft: 110,
    x: { label: "after the first shot", grid: true, tickFormat: span, ticks: minutesTo(steps), domain: [0, longest(steps)] },
    y: { type: "band", domain: steps.map((step) => step.name), label: null },
    marks: [
      Plot.ruleX([0], { stroke: colours.quiet }),
      Plot.barX(steps, { y: "name", x1: (step) => step.span.p10?.value, x2: (step) => step.span.p90?.value, fill: colours.accent, fillOpacity: 0.25, inset: 4 }),
      Plot.tickX(steps, { y: "name", x: (step) => step.span.median?.value, stroke: colours.accent, strokeWidth: 3 }),
      Plot.text(steps, { y: "name", x: (step) => step.span.median?.value, text: (step) => span(step.span.median?.value ?? 0), textAnchor: "start", dx: 6, fill: colours.ink, stroke: colours.panel, strokeWidth: 3 }),
    ],
  });
}
