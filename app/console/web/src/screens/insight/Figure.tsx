/** A picture with its title, what to mind about it, its numbers as a table, and both as files. */
import type { PlotOptions } from "@observablehq/plot";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { inWords } from "../../api/problem.ts";
import type { Reading } from "../../parts/reading.ts";
import { Loading, Nothing, WentWrong } from "../../parts/States.tsx";
import { toast } from "../../state/announce.ts";
import { Chart, type Colours } from "../../parts/Chart.tsx";
import { saveCsv, savePng, type Table } from "./save.ts";

interface Props<T> {
  title: string;
  /** The file's name without its ending. */
  name: string;
  answer: Reading<T>;
  /** Where the server has the numbers as CSV; null: the table is the file. */
  csv: string | null;
  isEmpty: (value: T) => boolean;
  draw: ((value: T) => (width: number, colours: Colours) => PlotOptions) | null;
  label: (value: T) => string;
  table: (value: T) => Table;
  /** Whether the numbers are shown without being asked for. */
  open?: boolean;
  wide?: boolean;
  children?: (value: T) => ComponentChildren;
}

export function Figure<T>({ title, name, answer, csv, isEmpty, draw, label, table, open, wide, children }: Props<T>) {
  const host = useRef<HTMLDivElement>(null);
  const { value, problem } = answer;
  const something = value !== null && !isEmpty(value);
  const save = () => {
    // With the legend, which is a drawing too and stands before it.
    const drawings = Array.from(host.current?.querySelectorAll("svg") ?? []);
    if (drawings.length) savePng(drawings, name).catch((error: unknown) => toast(inWords(error), { tone: "bad" }));
  };
  return (
    <section class={`figure ${wide ? "wide" : ""}`} aria-labelledby={`figure-${name}`}>
      <header>
        <h2 id={`figure-${name}`}>{title}</h2>
        {something && draw && (
          <button type="button" class="button quiet" onClick={save} aria-label={`PNG: save the picture of ${title}`}>
            PNG
          </button>
        )}
        {something && csv && (
          <a class="button quiet" href={csv} download={`${name}.csv`} aria-label={`CSV: save the numbers of ${title}`}>
            CSV
          </a>
        )}
        {something && !csv && (
          <button type="button" class="button quiet" onClick={() => saveCsv(table(value), name)} aria-label={`CSV: save the numbers of ${title}`}>
            CSV
          </button>
        )}
      </header>
      {problem && <WentWrong what="These figures could not be read" problem={problem} again={answer.again} />}
      {value === null && !problem && <Loading what="the figures" />}
      {value !== null && !something && (
        <Nothing title="Nothing in this period">
          <p>Choose a longer one in the bar above.</p>
        </Nothing>
      )}
      {something && (
        <div class="figure-body">
          <div>
            {draw && <Chart host={host} label={label(value)} draw={draw(value)} />}
            {children?.(value)}
          </div>
          <Numbers table={table(value)} open={open ?? false} />
        </div>
      )}
    </section>
  );
}

function Numbers({ table, open }: { table: Table; open: boolean }) {
  return (
    <details open={open}>
      <summary>Numbers</summary>
      <div class="numbers" tabIndex={0} role="region" aria-label="Numbers">
        <table>
          <thead>
            <tr>
              {table.head.map((text, place) => (
                <th key={text} scope="col" class={place === 0 ? "" : "number"}>
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, line) => (
              <tr key={line}>
                {row.map((text, place) =>
                  place === 0 ? (
                    <th key={place} scope="row">
                      {text}
                    </th>
                  ) : (
                    <td key={place} class="number">
                      {text}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
