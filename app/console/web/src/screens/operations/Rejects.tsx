/** What could not be used, why, and how to use it after all. Looking at it is written down in the audit trail. */
import { useState } from "preact/hooks";
import { readReject, readRejects, type RejectSummary, retryReject } from "../../api/admin.ts";
import { inWords } from "../../api/problem.ts";
import { many, whole } from "../../format/numbers.ts";
import { useReading } from "../../parts/reading.ts";
import { Loading, Nothing, WentWrong } from "../../parts/States.tsx";
import { Time } from "../../parts/Time.tsx";
import { toast } from "../../state/announce.ts";
import { feeds } from "../../state/feeds.ts";
import { MappingEditor } from "./MappingEditor.tsx";
import { Pages, usePages } from "./Pages.tsx";

export function Rejects() {
  const [source, setSource] = useState("");
  const [resolved, setResolved] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const pages = usePages([source, resolved]);
  const { value, problem, again } = useReading(
    (signal) => readRejects({ source, resolved: resolved || null, cursor: pages.cursor }, signal),
    [source, resolved, pages.cursor],
  );
  return (
    <section class="pane" aria-labelledby="rejects">
      <h1 id="rejects">Rejects</h1>
      <div class="pane-tools">
        <label class="field">
          <span>Source</span>
          <select class="input" value={source} onChange={(event) => setSource(event.currentTarget.value)}>
            <option value="">every source</option>
            {(feeds.value ?? []).map((feed) => (
              <option key={feed.name}>{feed.name}</option>
            ))}
          </select>
        </label>
        <label class="tick">
          <input type="checkbox" checked={resolved} onChange={(event) => setResolved(event.currentTarget.checked)} /> resolved ones too
        </label>
        {value && <span class="quiet">{many(value.waiting, "record")} waiting</span>}
      </div>
      {problem && <WentWrong what="The rejects could not be read" problem={problem} again={again} />}
      {!value && !problem && <Loading what="the rejects" />}
      {value?.rejects.length === 0 && <Nothing title="Nothing was rejected" />}
      {value && value.rejects.length > 0 && (
        <ul class="cards">
          {value.rejects.map((reject) => (
            <li key={reject.id} class="card">
              <button
                type="button"
                class="card-head"
                aria-expanded={open === reject.id}
                onClick={() => setOpen(open === reject.id ? null : reject.id)}
              >
                <b>{reject.source}</b>
                <span>{reject.external_id ?? "no id"}</span>
                <span class="quiet">{reject.errors.map((one) => `${one.pointer} ${one.reason}`).join("; ")}</span>
                <span class="number">
                  <Time at={reject.stored_at} form="full" />
                </span>
              </button>
              {open === reject.id && <One reject={reject} changed={again} />}
            </li>
          ))}
        </ul>
      )}
      {value && <Pages pages={pages} next={value.links.next} />}
    </section>
  );
}

function One({ reject, changed }: { reject: RejectSummary; changed: () => void }) {
  const { value, problem } = useReading((signal) => readReject(reject.id, signal), [reject.id]);
  const [mapping, setMapping] = useState(false);
  const retry = async () => {
    try {
      const found = await retryReject(reject.id);
      const words = found.resolved ? "It could be used now." : "It still cannot be used.";
      toast(words, found.resolved ? {} : { tone: "bad" });
      changed();
    } catch (error) {
      toast(inWords(error), { tone: "bad" });
    }
  };
  return (
    <div class="card-body">
      <ul>
        {reject.errors.map((one) => (
          <li key={one.pointer}>
            <code>{one.pointer}</code> {one.reason}
          </li>
        ))}
      </ul>
      <p class="small quiet">
        Came by {reject.origin}
        {reject.line !== null && `, line ${whole(reject.line)}`}
        {reject.content_type && `, ${reject.content_type}`}
        {reject.resolved_at && (
          <>
            ; resolved <Time at={reject.resolved_at} form="full" />
          </>
        )}
      </p>
      {problem && <WentWrong what="The record could not be read" problem={problem} />}
      {value && (
        <pre class="raw" tabIndex={0} aria-label="The record as it came">
          {value.raw}
        </pre>
      )}
      <div class="pane-tools">
        <button type="button" class="button main" disabled={reject.resolved_at !== null} onClick={() => void retry()}>
          Try again
        </button>
        <button type="button" class="button" aria-expanded={mapping} onClick={() => setMapping(!mapping)}>
          Mapping of {reject.source}
        </button>
      </div>
      {mapping && <MappingEditor source={reject.source} />}
    </div>
  );
}
