/** A verdict as a shape and a colour, told to screen readers by its word. */
import type { Verdict } from "../api/types.ts";
import { VERDICT_WORDS } from "../format/words.ts";
import "./verdict-mark.css";

interface Props {
  verdict: Verdict;
  /** How much of the window is left, 1 to 0: the ring of a pending one empties. */
  left?: number;
  /** Without it the mark stands beside its word and says nothing itself. */
  labelled?: boolean;
}

const ROUND = 2 * Math.PI * 6;

export function VerdictMark({ verdict, left = 1, labelled = false }: Props) {
  const said = labelled ? { role: "img" as const, "aria-label": VERDICT_WORDS[verdict] } : { "aria-hidden": true as const };
  return (
    <svg class={`mark ${verdict}`} viewBox="0 0 18 18" {...said}>
      {verdict === "unreported" && <path d="M9 1.200 16.800 9 9 16.800 1.200 9Z" class="solid" />}
      {verdict === "reported" && <circle cx="9" cy="9" r="6.800" class="solid" />}
      {verdict === "pending" && (
        <>
          <circle cx="9" cy="9" r="6" class="track" />
          <circle
            cx="9"
            cy="9"
            r="6"
            class="ring"
            stroke-dasharray={`${ROUND * Math.max(0.02, left)} ${ROUND}`}
            transform="rotate(-90 9 9)"
          />
        </>
      )}
      {verdict === "indeterminate" && (
        <>
          <rect x="2.500" y="2.500" width="13" height="13" class="hollow" />
          <path d="M2.500 8 8 2.500M2.500 13.500 13.500 2.500M4.500 15.500l11-11M10 15.500l5.500-5.500" class="hatch" />
        </>
      )}
      {verdict === "withdrawn" && <circle cx="9" cy="9" r="6.200" class="hollow" />}
    </svg>
  );
}
