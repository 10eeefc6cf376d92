/** Keys: who may do what, and for how long. A new key is shown once. */
import { useState } from "preact/hooks";
import { createKey, type CreatedKey, type Key, readKeys, revokeKey } from "../../api/admin.ts";
import { inWords } from "../../api/problem.ts";
import { fromLocalInput } from "../../format/time.ts";
import { useReading } from "../../parts/reading.ts";
import { Loading, WentWrong } from "../../parts/States.tsx";
import { Time } from "../../parts/Time.tsx";
import { toast } from "../../state/announce.ts";
import { feeds } from "../../state/feeds.ts";
import { timeZone } from "../../state/settings.ts";
import { Ask } from "./Ask.tsx";

const ROLES: readonly Key["role"][] = ["viewer", "analyst", "admin", "vendor", "cad"];

export function Keys() {
  const { value, problem, again } = useReading(readKeys, []);
  const [made, setMade] = useState<CreatedKey | null>(null);
  const revoke = async (key: Key) => {
    try {
      await revokeKey(key.id);
      toast(`The key ${key.name ?? key.id} is revoked.`);
      again();
    } catch (error) {
      toast(inWords(error), { tone: "bad" });
    }
  };
  return (
    <section class="pane" aria-labelledby="keys">
      <h1 id="keys">Keys</h1>
      <NewKey
        done={(key) => {
          setMade(key);
          again();
        }}
      />
      {made && (
        <div class="new-key" role="status">
          <p>The key {made.name ?? made.id}, shown only now:</p>
          <code>{made.key}</code>
          <button type="button" class="button" onClick={() => void copy(made.key)}>
            Copy
          </button>
          <button type="button" class="button" onClick={() => setMade(null)}>
            I have it
          </button>
        </div>
      )}
      {problem && <WentWrong what="The keys could not be read" problem={problem} again={again} />}
      {!value && !problem && <Loading what="the keys" />}
      {value && (
        <table class="rows">
          <thead>
            <tr>
              {["Key", "Role", "Source", "Created", "Expires", "State", ""].map((head) => (
                <th key={head} scope="col">
                  {head || <span class="hidden-visually">Actions</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {value.keys.map((key) => (
              <tr key={key.id} class={key.valid ? "" : "over"}>
                <th scope="row">
                  {key.name ?? "without a name"} <span class="small quiet">{key.id}</span>
                </th>
                <td title={key.scopes.join(", ")}>{key.role}</td>
                <td>{key.source ?? ""}</td>
                <td>
                  <Time at={key.created_at} form="full" />
                </td>
                <td>{key.expires_at ? <Time at={key.expires_at} form="full" /> : "never"}</td>
                <td>{key.revoked_at ? "revoked" : key.valid ? "valid" : "expired"}</td>
                <td class="number">
                  {key.valid && (
                    <Ask label="Revoke" question="For good?" sure={`Revoke ${key.name ?? key.id}`} act={() => void revoke(key)} />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

async function copy(key: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(key);
    toast("Copied.");
  } catch {
    // Of pages without TLS browsers do not even have one.
    toast("The browser does not let the key be copied; mark it and copy it by hand.", { tone: "bad" });
  }
}

function NewKey({ done }: { done: (key: CreatedKey) => void }) {
  const [role, setRole] = useState<Key["role"]>("analyst");
  const [name, setName] = useState("");
  const [source, setSource] = useState("");
  const [expires, setExpires] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const needsSource = role === "vendor" || role === "cad";
  const kind = role === "vendor" ? "alerts" : "calls";
  const create = async (event: Event) => {
    event.preventDefault();
    // The end of the day is the agency's, whatever the browser's clock thinks.
    const last = expires ? fromLocalInput(`${expires}T23:59`, timeZone.value) : null;
    const until = last === null ? null : new Date(last + 59_000).toISOString();
    try {
      done(await createKey({ role, name: name.trim() || null, source: needsSource ? source : null, expires_at: until }));
      setName("");
      setProblem(null);
    } catch (error) {
      setProblem(inWords(error));
    }
  };
  return (
    <form class="pane-tools" onSubmit={(event) => void create(event)}>
      <label class="field">
        <span>Role</span>
        <select class="input" value={role} onChange={(event) => setRole(event.currentTarget.value as Key["role"])}>
          {ROLES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      {needsSource && (
        <label class="field">
          <span>Source</span>
          <select class="input" required value={source} onChange={(event) => setSource(event.currentTarget.value)}>
            <option value="">choose</option>
            {(feeds.value ?? [])
              .filter((feed) => feed.kind === kind)
              .map((feed) => (
                <option key={feed.name}>{feed.name}</option>
              ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>Whose it is</span>
        <input class="input" value={name} maxLength={200} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Until the end of (empty: for ever)</span>
        <input class="input" type="date" value={expires} onInput={(event) => setExpires(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button main">
        Create a key
      </button>
      {problem && (
        <p class="key-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
