/** The keys that work, and what the shapes mean. */
import { useEffect, useRef } from "preact/hooks";
import type { Verdict } from "../api/types.ts";
import { VERDICT_SENTENCES, VERDICT_WORDS } from "../format/words.ts";
import { Icon } from "../parts/Icon.tsx";
import { VerdictMark } from "../parts/VerdictMark.tsx";
import { VERDICTS } from "../state/filters.ts";
import { keys } from "../state/keys.ts";
import { helpOpen } from "./help-open.ts";
import "./help.css";

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={() => (helpOpen.value = false)}>
      <header>
        <h2 id="help-title">Keys and shapes</h2>
        <button type="button" class="button plain icon" aria-label="Close" onClick={() => (helpOpen.value = false)}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="help-keys">
        {keys.value.map((key) => (
          <div key={key.key}>
            <dt>
              <kbd>{key.key === "Escape" ? "Esc" : key.key}</kbd>
            </dt>
            <dd>{key.does}</dd>
          </div>
        ))}
      </dl>
      <ul class="help-verdicts">
        {VERDICTS.map((verdict: Verdict) => (
          <li key={verdict}>
            <VerdictMark verdict={verdict} left={0.6} />
            <span>
              <b>{VERDICT_WORDS[verdict]}</b> {VERDICT_SENTENCES[verdict]}
            </span>
          </li>
        ))}
      </ul>
      <p class="small quiet">Larger shapes are more rounds. A pending ring empties as the time to call runs out.</p>
    </dialog>
  );
}
