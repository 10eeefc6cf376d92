/** Versions of the rules, and what other ones would change before they decide anything. */
import { useEffect, useState } from "preact/hooks";
import { readRules, readRulesVersion, type Rules, storeRules, type Trial, tryRules, useRules } from "../../api/admin.ts";
import { inWords } from "../../api/problem.ts";
import { NOT_KNOWN, percent, whole } from "../../format/numbers.ts";
import { VERDICT_WORDS } from "../../format/words.ts";
import { useReading } from "../../parts/reading.ts";
import { Loading, WentWrong } from "../../parts/States.tsx";
import { Time } from "../../parts/Time.tsx";
import { addressOfIncident } from "../../state/address.ts";
import { toast } from "../../state/announce.ts";
import { Ask } from "./Ask.tsx";

const TRIAL_DAYS = 30;
const DAY_MS = 86_400_000;

export function RulesPane() {
  const { value, problem, again } = useReading(readRules, []);
  const inForce = value?.rules.find((rules) => rules.in_force);
  const use = async (rules: Rules) => {
    try {
      await useRules(rules.version);
      toast(`From now on ${rules.version} decides. What it changes is judged again.`);
      again();
    } catch (error) {
      toast(inWords(error), { tone: "bad" });
    }
  };
  return (
    <section class="pane" aria-labelledby="rules">
      <h1 id="rules">Rules</h1>
      {problem && <WentWrong what="The rules could not be read" problem={problem} again={again} />}
      {!value && !problem && <Loading what="the rules" />}
      {value && (
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Stored</th>
              <th scope="col">Background</th>
              <th scope="col">In force</th>
            </tr>
          </thead>
          <tbody>
            {value.rules.map((rules) => (
              <tr key={rules.version}>
                <th scope="row">
                  <code>{rules.version}</code>
                </th>
                <td>
                  <Time at={rules.created_at} form="full" />
                </td>
                <td>{rules.background ?? "assumed"}</td>
                <td>
                  {rules.in_force ? (
                    <>since {rules.effective_at ? <Time at={rules.effective_at} form="full" /> : NOT_KNOWN}</>
                  ) : (
                    <Ask label="Let it decide" question="Every alert is judged again." sure={`Use ${rules.version}`} act={() => void use(rules)} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {inForce && <TryOut version={inForce.version} stored={again} />}
    </section>
  );
}

function TryOut({ version, stored }: { version: string; stored: () => void }) {
  const { value, problem } = useReading((signal) => readRulesVersion(version, signal), [version]);
  const [text, setText] = useState("");
  const [trial, setTrial] = useState<Trial | null>(null);
  const [running, setRunning] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => setText(value ? JSON.stringify(value.parameters, null, 2) : ""), [value]);
  if (problem) return <WentWrong what="The rules in force could not be read" problem={problem} />;
  if (!value) return <Loading what="the rules in force" />;
  const attempt = async (work: (parameters: Record<string, unknown>) => Promise<void>) => {
    setRunning(true);
    setRefused(null);
    try {
      await work(JSON.parse(text) as Record<string, unknown>);
    } catch (error) {
      setRefused(inWords(error));
    } finally {
      setRunning(false);
    }
  };
  const run = () =>
    attempt(async (parameters) => {
      const to = Date.now();
      setTrial(await tryRules({ parameters, from: new Date(to - TRIAL_DAYS * DAY_MS).toISOString(), to: new Date(to).toISOString() }));
    });
  const store = () =>
    attempt(async (parameters) => {
      await storeRules(parameters);
      toast("Stored. It decides nothing until it is put in force.");
      stored();
    });
  return (
    <>
      <h2>Try others</h2>
      <p class="quiet">The parameters in force. Change them, see which verdicts of the last {TRIAL_DAYS} days would be others, then store them.</p>
      <label class="field">
        <span>Parameters (JSON)</span>
        <textarea class="input mono" rows={16} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      {refused && (
        <p class="key-problem" role="alert">
          {refused}
        </p>
      )}
      <div class="pane-tools">
        <button type="button" class="button main" disabled={running} onClick={() => void run()}>
          {running ? "Judging …" : "What would change"}
        </button>
        <button type="button" class="button" disabled={running} onClick={() => void store()}>
          Store as a version
        </button>
      </div>
      {trial && <Found trial={trial} />}
    </>
  );
}

function Found({ trial }: { trial: Trial }) {
  return (
    <div role="status">
      <p>
        Of {whole(trial.incidents)} incidents {whole(trial.unchanged)} would stay as they are
        {trial.regrouped > 0 && `; ${whole(trial.regrouped)} alerts would form other incidents`}.
      </p>
      {trial.changes.map((change) => (
        <details key={`${change.from} ${change.to}`} open>
          <summary>
            {VERDICT_WORDS[change.from]} to {VERDICT_WORDS[change.to]}: {whole(change.count)}
          </summary>
          <ul>
            {change.examples.map((example) => (
              <li key={example.id}>
                <a href={addressOfIncident(example.id)}>{example.number}</a> {percent(example.probability_before)} to {percent(example.probability_after)}.{" "}
                <span class="quiet">{example.reason_after}</span>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </div>
  );
}
