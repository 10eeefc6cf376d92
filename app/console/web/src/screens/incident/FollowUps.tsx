/** What is to be done about it, by whom, until when. */
import { useEffect, useState } from "preact/hooks";
import { addFollowUp, changeFollowUp, readFollowUps } from "../../api/incidents.ts";
import { inWords } from "../../api/problem.ts";
import type { FollowUp, FollowUpKind, FollowUpState, Incident } from "../../api/types.ts";
import { fromLocalInput, toLocalInput } from "../../format/time.ts";
import { FOLLOW_UP_WORDS, STATE_WORDS } from "../../format/words.ts";
import { useReading } from "../../parts/reading.ts";
import { Loading, WentWrong } from "../../parts/States.tsx";
import { Time } from "../../parts/Time.tsx";
import { toast } from "../../state/announce.ts";
import { openedVersion } from "../../state/opened.ts";
import { timeZone } from "../../state/settings.ts";
import { Section } from "./Section.tsx";

export function FollowUps({ incident }: { incident: Incident }) {
  const { value, problem, again } = useReading(
    (signal) => readFollowUps(incident.id, signal),
    [incident.id, openedVersion.value],
  );
  const list = value?.follow_ups ?? [];
  return (
    <Section title="Follow-ups" count={value ? list.length : null}>
      {problem && <WentWrong what="The follow-ups could not be read" problem={problem} again={again} />}
      {!value && !problem && <Loading what="the follow-ups" />}
      <ul class="lines">
        {list.map((followUp) => (
          <OneFollowUp key={followUp.id} followUp={followUp} />
        ))}
      </ul>
      <NewFollowUp incident={incident.id} />
    </Section>
  );
}

/** Let whatever shows them by now read them anew: the list that was there when somebody began may be gone. */
function readAnew(): void {
  openedVersion.value += 1;
}

function OneFollowUp({ followUp }: { followUp: FollowUp }) {
  // After a refusal the fields say again what is so.
  const [refusals, setRefusals] = useState(0);
  const set = async (change: Parameters<typeof changeFollowUp>[1]) => {
    try {
      await changeFollowUp(followUp.id, change);
      readAnew();
    } catch (error) {
      toast(`The follow-up stays as it was. ${inWords(error)}`, { tone: "bad" });
      setRefusals((before) => before + 1);
    }
  };
  const kind = FOLLOW_UP_WORDS[followUp.kind].toLowerCase();
  const isOver = followUp.state === "done" || followUp.state === "dismissed";
  const states: FollowUpState[] = ["open", "done", "dismissed"];
  return (
    <li class="line">
      <b>{FOLLOW_UP_WORDS[followUp.kind]}</b>
      <select
        key={refusals}
        class="input"
        aria-label={`State of the ${kind}`}
        value={followUp.state}
        onChange={(event) => void set({ state: event.currentTarget.value as FollowUpState })}
      >
        {followUp.state === "suggested" && <option value="suggested">{STATE_WORDS.suggested}</option>}
        {states.map((state) => (
          <option key={state} value={state}>
            {STATE_WORDS[state]}
          </option>
        ))}
      </select>
      {isOver ? (
        <span class="small quiet">
          {followUp.assignee ?? "nobody"}
          {followUp.due_at && (
            <>
              , due <Time at={followUp.due_at} />
            </>
          )}
        </span>
      ) : (
        <Whose key={refusals} followUp={followUp} kind={kind} set={set} />
      )}
      {(followUp.note || followUp.reason) && (
        <span class="small quiet">
          {followUp.note}
          {followUp.reason && ` (${followUp.reason})`}
        </span>
      )}
    </li>
  );
}

interface WhoseProps {
  followUp: FollowUp;
  kind: string;
  set: (change: { assignee?: string | null; due_at?: string | null }) => Promise<void>;
}

/** Who sees to it and until when; what is typed counts when the field is left. */
function Whose({ followUp, kind, set }: WhoseProps) {
  const zone = timeZone.value;
  const due = followUp.due_at ? toLocalInput(Date.parse(followUp.due_at), zone) : "";
  const until = (text: string) => {
    const at = fromLocalInput(text, zone);
    return at === null ? null : new Date(at).toISOString();
  };
  // What somebody is typing stays when the list is read anew.
  const [whose, setWhose] = useState(followUp.assignee ?? "");
  const [when, setWhen] = useState(due);
  const [refused, setRefused] = useState(0);
  useEffect(() => setWhose(followUp.assignee ?? ""), [followUp.assignee]);
  useEffect(() => setWhen(due), [due, refused]);
  return (
    <div class="whose">
      <input
        class="input"
        placeholder="For whom"
        aria-label={`Whose the ${kind} is`}
        maxLength={200}
        value={whose}
        onInput={(event) => setWhose(event.currentTarget.value)}
        onBlur={(event) => {
          const name = event.currentTarget.value.trim() || null;
          if (name !== followUp.assignee) void set({ assignee: name });
        }}
      />
      <input
        key={refused}
        class="input"
        type="datetime-local"
        aria-label={`When the ${kind} is due (${zone})`}
        title="Due"
        value={when}
        onInput={(event) => setWhen(event.currentTarget.value)}
        onBlur={(event) => {
          const { value: text, validity } = event.currentTarget;
          // Half a date is none to store, and no wish to have none.
          if (validity.badInput || (text && until(text) === null)) setRefused((before) => before + 1);
          else if (text !== due) void set({ due_at: until(text) });
        }}
      />
    </div>
  );
}

function NewFollowUp({ incident }: { incident: string }) {
  const [kind, setKind] = useState<FollowUpKind>("canvass");
  const [assignee, setAssignee] = useState("");
  const [due, setDue] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const add = async (event: Event) => {
    event.preventDefault();
    const at = fromLocalInput(due, timeZone.peek());
    const due_at = at === null ? null : new Date(at).toISOString();
    try {
      await addFollowUp(incident, { kind, assignee: assignee.trim() || null, due_at, note: null });
      setAssignee("");
      setDue("");
      setProblem(null);
      readAnew();
    } catch (error) {
      setProblem(inWords(error));
    }
  };
  return (
    <form class="new-follow-up" onSubmit={(event) => void add(event)} aria-label="New follow-up">
      <select class="input" aria-label="Kind" value={kind} onChange={(event) => setKind(event.currentTarget.value as FollowUpKind)}>
        {Object.entries(FOLLOW_UP_WORDS).map(([word, name]) => (
          <option key={word} value={word}>
            {name}
          </option>
        ))}
      </select>
      <input
        class="input"
        placeholder="For whom"
        aria-label="Assignee"
        maxLength={200}
        value={assignee}
        onInput={(event) => setAssignee(event.currentTarget.value)}
      />
      <input
        class="input"
        type="datetime-local"
        aria-label={`Due (${timeZone.value})`}
        title="Due"
        value={due}
        onInput={(event) => setDue(event.currentTarget.value)}
      />
      <button type="submit" class="button">
        Add
      </button>
      {problem && (
        <p class="key-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
