/** Sign in with a key; the same form unlocks a screen that slept. */
import { useEffect, useRef, useState } from "preact/hooks";
import { inWords } from "../api/problem.ts";
import { VerdictMark } from "../parts/VerdictMark.tsx";
import { session, signIn, signOut } from "../state/session.ts";
import { settings } from "../state/settings.ts";
import "./sign-in.css";

export function SignIn() {
  const { agency_name, notice, version } = settings.value;
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <h1 class="sign-in-name">
          <VerdictMark verdict="unreported" /> Earshot
        </h1>
        <p class="quiet">{agency_name ?? "Gunfire that was heard, and whether anybody called"}</p>
        <KeyForm action="Sign in" />
        {notice && (
          <section class="sign-in-notice" aria-label="Notice">
            {notice}
          </section>
        )}
        {version && <p class="sign-in-version small">Version {version}</p>}
      </div>
    </main>
  );
}

/** Over everything else, which stays as it is and out of reach. */
export function Locked() {
  return (
    <div class="locked" role="dialog" aria-modal="true" aria-labelledby="locked-title">
      <div class="sign-in-card">
        <h2 class="sign-in-name" id="locked-title">
          Locked
        </h2>
        <p class="quiet">
          {session.value?.name && `Signed in as ${session.value.name}. `}Everything is as you left it; give your key to go on.
        </p>
        <KeyForm action="Unlock" />
        <button type="button" class="button plain" onClick={() => void signOut()}>
          Sign out instead
        </button>
      </div>
    </div>
  );
}

function KeyForm({ action }: { action: string }) {
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await signIn(key.trim());
    } catch (error) {
      setProblem(inWords(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="key-form" onSubmit={(event) => void send(event)}>
      <label class="field">
        <span>Key</span>
        <input
          class="input"
          type="password"
          name="key"
          autocomplete="current-password"
          placeholder="earshot_…"
          required
          ref={input}
          value={key}
          aria-invalid={problem !== null}
          aria-describedby="key-problem"
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <p id="key-problem" class="key-problem" role="alert">
        {problem}
      </p>
      <button type="submit" class="button main" disabled={busy || !key.trim()}>
        {busy ? "One moment …" : action}
      </button>
    </form>
  );
}
