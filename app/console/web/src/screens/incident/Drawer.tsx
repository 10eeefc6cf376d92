/** One incident in full, at the right; its edge can be dragged. */
import { useEffect, useRef } from "preact/hooks";
import { ProblemError } from "../../api/problem.ts";
import { VERDICT_SENTENCES } from "../../format/words.ts";
import { Icon } from "../../parts/Icon.tsx";
import { Loading, Nothing, WentWrong } from "../../parts/States.tsx";
import { closeIncident } from "../../state/address.ts";
import { announce } from "../../state/announce.ts";
import { opened, openedProblem, refreshOpened } from "../../state/opened.ts";
import { Body } from "./Body.tsx";
import { Edge } from "./Edge.tsx";
import { drawerWidth, NARROW_REM, WIDE_REM } from "./width.ts";
import "./drawer.css";

export function Drawer({ id }: { id: string }) {
  const incident = opened.value;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever opened it from the queue reads on here; whoever steps through the queue stays where they are.
    const before = document.activeElement;
    title.current?.focus({ preventScroll: true });
    return () => {
      const row = document.querySelector<HTMLElement>('.queue-row[data-cursor="true"]');
      (row ?? (before instanceof HTMLElement ? before : null))?.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    if (incident) announce(`${incident.number}: ${VERDICT_SENTENCES[incident.verdict]}`);
  }, [incident?.number, incident?.verdict]);
  const problem = openedProblem.value;
  const wide = drawerWidth.value > NARROW_REM + 1;
  return (
    <aside class="drawer" aria-label={`Incident ${incident?.number ?? id}`}>
      <Edge />
      <header class="drawer-head">
        <h2 ref={title} tabIndex={-1}>
          {incident?.number ?? `Incident ${id}`}
        </h2>
        <span class="drawer-tools">
          <button
            type="button"
            class="button plain icon drawer-widen"
            aria-pressed={wide}
            aria-label="Wide"
            title={wide ? "Narrower" : "Wider"}
            onClick={() => (drawerWidth.value = wide ? NARROW_REM : WIDE_REM)}
          >
            <Icon name={wide ? "narrow" : "widen"} />
          </button>
          <button type="button" class="button plain icon" aria-label="Close" title="Close (Esc)" onClick={closeIncident}>
            <Icon name="close" />
          </button>
        </span>
      </header>
      <div class="drawer-body">
        {problem && !incident && <Problem problem={problem} />}
        {!problem && !incident && <Loading what="the incident" />}
        {incident && <Body incident={incident} />}
      </div>
    </aside>
  );
}

function Problem({ problem }: { problem: Error }) {
  if (problem instanceof ProblemError && problem.status === 404)
    return (
      <Nothing title="There is no such incident">
        <p>{problem.message}</p>
      </Nothing>
    );
  return <WentWrong what="The incident could not be read" problem={problem.message} again={() => void refreshOpened()} />;
}
