/** The calls that may report this incident, each with its evidence and what a person says of it. */
import { useLayoutEffect } from "preact/hooks";
import type { Decision, Incident } from "../../api/types.ts";
import { bind } from "../../state/keys.ts";
import { may } from "../../state/session.ts";
import { Call } from "./Call.tsx";
import { callCursor, calls, stepCall } from "./call-cursor.ts";
import { Section } from "./Section.tsx";

export function Calls({ incident }: { incident: Incident }) {
  const { id } = incident;
  // Before the calls can be seen, so that no key is pressed in vain.
  useLayoutEffect(() => {
    if (!may("incidents:review")) return undefined;
    // By its button, so that a note typed beside it goes with a key too.
    const say = (decision: Decision) => {
      const call = document.getElementById(`call-${callCursor.peek()?.id}`);
      call?.querySelector<HTMLButtonElement>(`[data-decision="${decision}"]`)?.click();
    };
    return bind(
      { key: "c", does: "Confirm the call: it reports this", run: () => say("confirmed") },
      { key: "r", does: "Reject the call: it does not", run: () => say("rejected") },
      { key: "a", does: "Leave the call to the evidence", run: () => say("automatic") },
      { key: "n", does: "Next call", run: () => stepCall(1) },
      { key: "p", does: "Previous call", run: () => stepCall(-1) },
    );
  }, [id]);
  const list = calls.value;
  return (
    <Section title="Calls" count={list.length}>
      {!list.length && <p class="quiet">No call came near enough in time and place.</p>}
      <ol class="calls">
        {list.map((call) => (
          <Call key={call.id} incident={id} call={call} chosen={callCursor.value?.id === call.id} />
        ))}
      </ol>
    </Section>
  );
}
