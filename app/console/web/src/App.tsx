/** Which of all screens is shown. */
import { Announcer } from "./parts/Announcer.tsx";
import { Loading, WentWrong } from "./parts/States.tsx";
import { Shell } from "./screens/Shell.tsx";
import { Locked, SignIn } from "./screens/SignIn.tsx";
import { phase, session, start, startProblem } from "./state/session.ts";

export function App() {
  const now = phase.value;
  const shell = session.value !== null;
  return (
    <>
      {now === "starting" && !startProblem.value && <Loading what="your session" />}
      {startProblem.value && (
        <WentWrong what="The console could not start" problem={startProblem.value} again={() => void start()} />
      )}
      {now === "signed-out" || (now === "locked" && !shell) ? <SignIn /> : null}
      {shell && (
        <div class="under" inert={now !== "open"} aria-hidden={now !== "open"}>
          <Shell />
        </div>
      )}
      {now === "locked" && shell && <Locked />}
      <Announcer />
    </>
  );
}
