/** How the evidence adds up, term by term: each bar begins where the one before ended (natural logarithms). */
import type { Evidence } from "../../api/types.ts";

type Term = "prior" | "time" | "distance" | "nature" | "background";

const TERMS: [Term, string, string][] = [
  ["prior", "Expected calls", "How many calls a reported shooting brings"],
  ["time", "Time", "How usual so late a call is"],
  ["distance", "Distance", "How usual so far a call is"],
  ["nature", "Nature", "How usual this kind of call is for a shooting"],
  ["background", "Background", "How rare such a call is there and then without a shooting"],
];

const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;

export function EvidenceBars({ evidence }: { evidence: Evidence }) {
  let reached = 0;
  const steps = TERMS.map(([term, name, meaning]) => {
    const from = reached;
    reached += evidence[term];
    return { name, meaning, from, to: reached, value: evidence[term] };
  });
  const bounds = [0, evidence.total, ...steps.map((step) => step.to)];
  const [low, high] = [Math.min(...bounds), Math.max(...bounds)];
  const x = (value: number) => (100 * (value - low)) / (high - low || 1);
  return (
    <table class="evidence">
      <caption class="hidden-visually">Evidence in natural logarithms; the sum decides</caption>
      <tbody>
        {steps.map((step) => (
          <tr key={step.name} title={step.meaning}>
            <th scope="row">{step.name}</th>
            <td class="evidence-bar">
              <Bar zero={x(0)} from={x(step.from)} to={x(step.to)} kind={step.value < 0 ? "against" : "for"} />
            </td>
            <td class="number">{signed(step.value)}</td>
          </tr>
        ))}
        <tr class="evidence-total" title={`The city was ${evidence.live_factor.toFixed(2)} times as busy as usual, which is in the background`}>
          <th scope="row">Sum</th>
          <td class="evidence-bar">
            <Bar zero={x(0)} from={x(0)} to={x(evidence.total)} kind="sum" />
          </td>
          <td class="number">{signed(evidence.total)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function Bar({ zero, from, to, kind }: { zero: number; from: number; to: number; kind: string }) {
  return (
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect x={Math.min(from, to)} y="1.500" width={Math.max(0.6, Math.abs(to - from))} height="7" class={kind} />
      <rect x={zero - 0.15} width="0.300" height="10" class="zero" />
    </svg>
  );
}
