/** What waits for somebody, in the order in which it should be looked at. */
import { useEffect, useRef } from "preact/hooks";
import { many } from "../../format/numbers.ts";
import { Loading as Reading, WentWrong } from "../../parts/States.tsx";
import { VirtualList } from "../../parts/VirtualList.tsx";
import { filters } from "../../state/filters.ts";
import { count, type Loading, load, loading, loadMore, loadProblem, version } from "../../state/incidents.ts";
import { type Row, rows, wanted } from "../../state/queue.ts";
import { FilterMenu } from "./FilterMenu.tsx";
import { NothingHere } from "./NothingHere.tsx";
import { QueueRow } from "./QueueRow.tsx";
import { SectionRow } from "./SectionRow.tsx";
import { Tally } from "./Tally.tsx";
import { ViewsMenu } from "./ViewsMenu.tsx";
import "./queue.css";

const FURTHER: Partial<Record<Loading, string>> = { more: " so far", paused: ", more below" };
const HEAD_REM = 2.14;
const ROW_REM = 4.14;
const keyOf = (row: Row) => (row.kind === "section" ? `section ${row.section.name}` : row.incident.id);
const heightOf = (row: Row) => (row.kind === "section" ? HEAD_REM : ROW_REM);

export function Queue() {
  version.value;
  const list = rows.value;
  const state = loading.value;
  const whole = useRef<HTMLElement>(null);
  const goal = wanted.value;
  useEffect(() => {
    if (goal?.focus) focusRow(whole.current, goal.row);
  }, [goal]);
  const again = () => void load(filters.peek());
  return (
    <section class="queue" aria-label="Queue" ref={whole}>
      <div class="queue-head">
        <h2 class="hidden-visually">Queue</h2>
        <FilterMenu />
        <ViewsMenu />
        <span class="queue-count" role="status">
          {state === "first" ? "Reading …" : many(count(), "incident") + (FURTHER[state] ?? "")}
        </span>
      </div>
      <Tally />
      {state === "failed" && (
        <WentWrong what="The list is not complete" problem={loadProblem.value ?? ""} again={again} />
      )}
      {list.length > 0 ? (
        <VirtualList
          rows={list}
          keyOf={keyOf}
          heightOf={heightOf}
          name="Incidents"
          wanted={goal}
          {...(state === "paused" ? { atEnd: loadMore } : {})}
        >
          {(row, index) =>
            row.kind === "section" ? (
              <SectionRow section={row.section} />
            ) : (
              <QueueRow incident={row.incident} row={index} />
            )
          }
        </VirtualList>
      ) : state === "first" || state === "more" ? (
        <Reading what="incidents" />
      ) : (
        state !== "failed" && <NothingHere />
      )}
    </section>
  );
}

/** A row that was scrolled to is in the page a frame later. */
function focusRow(whole: HTMLElement | null, row: number): void {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => whole?.querySelector<HTMLElement>(`[data-row="${row}"]`)?.focus({ preventScroll: true })),
  );
}
