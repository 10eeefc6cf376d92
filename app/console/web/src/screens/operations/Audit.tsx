/** Who did what to what. */
import { useState } from "preact/hooks";
import { type AuditEntry, searchAudit } from "../../api/admin.ts";
import { useReading } from "../../parts/reading.ts";
import { Loading, Nothing, WentWrong } from "../../parts/States.tsx";
import { Time } from "../../parts/Time.tsx";
import { Pages, usePages } from "./Pages.tsx";

const FIELDS = { actor: "Who", action: "Did what", target: "To what" } as const;
type Field = keyof typeof FIELDS;
const NOTHING = { actor: "", action: "", target: "" };

export function Audit() {
  const [typed, setTyped] = useState<Record<Field, string>>(NOTHING);
  const [asked, setAsked] = useState<Record<Field, string>>(NOTHING);
  const pages = usePages([asked]);
  const { value, problem, again } = useReading(
    (signal) => searchAudit({ ...asked, cursor: pages.cursor }, signal),
    [asked, pages.cursor],
  );
  return (
    <section class="pane" aria-labelledby="audit">
      <h1 id="audit">Audit trail</h1>
      <form
        class="pane-tools"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          // Anew, even when the question is the same.
          setAsked({ ...typed });
        }}
      >
        {(Object.keys(FIELDS) as Field[]).map((field) => (
          <label key={field} class="field">
            <span>{FIELDS[field]}</span>
            <input
              class="input"
              value={typed[field]}
              placeholder={{ actor: "key:…", action: "session", target: "incident:12" }[field]}
              onInput={(event) => setTyped({ ...typed, [field]: event.currentTarget.value.trim() })}
            />
          </label>
        ))}
        <button type="submit" class="button main">
          Search
        </button>
      </form>
      {problem && <WentWrong what="The trail could not be read" problem={problem} again={again} />}
      {!value && !problem && <Loading what="the trail" />}
      {value?.entries.length === 0 && <Nothing title="No such entry" />}
      {value && value.entries.length > 0 && (
        <table class="rows">
          <thead>
            <tr>
              {["When", "Who", "Did what", "To what", "Details"].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value.entries.map((entry) => (
              <Line key={entry.id} entry={entry} />
            ))}
          </tbody>
        </table>
      )}
      {value && <Pages pages={pages} next={value.links.next} />}
    </section>
  );
}

function Line({ entry }: { entry: AuditEntry }) {
  const details = Object.entries(entry.detail).map(([name, told]) => `${name}: ${typeof told === "string" ? told : JSON.stringify(told)}`);
  return (
    <tr>
      <td>
        <Time at={entry.at} form="full" />
      </td>
      <td title={entry.actor}>{entry.actor_name ?? entry.actor}</td>
      <td>{entry.action}</td>
      <td>{entry.target}</td>
      <td class="small quiet">{details.join("; ")}</td>
    </tr>
  );
}
