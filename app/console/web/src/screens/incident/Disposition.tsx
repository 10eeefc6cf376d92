/** What was found at the scene: another question than the verdict. */
import { useState } from "preact/hooks";
import type { Disposition as Word, Incident } from "../../api/types.ts";
import { DISPOSITION_WORDS } from "../../format/words.ts";
import { Time } from "../../parts/Time.tsx";
import { incident as listed } from "../../state/incidents.ts";
import { refreshOpened } from "../../state/opened.ts";
import { dispose } from "../actions.ts";
import { Section } from "./Section.tsx";

const WORDS: Word[] = ["confirmed", "unconfirmed", "unfounded"];

export function Disposition({ incident }: { incident: Incident }) {
  const [note, setNote] = useState("");
  // The list hears of a decision first.
  const held = listed(incident.id)?.disposition ?? incident.disposition;
  const last = incident.disposition_history?.at(-1);
  const say = async (word: Word | null) => {
    if (await dispose(incident, word, note.trim() || null)) {
      setNote("");
      await refreshOpened();
    }
  };
  return (
    <Section title="What was found">
      <div class="deciding" role="group" aria-label="Disposition">
        {WORDS.map((word) => (
          <button
            type="button"
            key={word}
            class="button"
            aria-pressed={held === word}
            onClick={() => void say(held === word ? null : word)}
          >
            {DISPOSITION_WORDS[word]} {word === "unfounded" && <kbd aria-hidden="true">u</kbd>}
          </button>
        ))}
        <input
          class="input"
          placeholder="Note (goes with the word)"
          aria-label="Note that goes with the disposition"
          maxLength={2000}
          value={note}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      </div>
      {last && (
        <p class="small quiet">
          {last.disposition ? DISPOSITION_WORDS[last.disposition] : "Taken back"} by {last.actor}, <Time at={last.decided_at} />
          {last.note && `: ${last.note}`}
        </p>
      )}
    </Section>
  );
}
