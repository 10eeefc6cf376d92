/** Who is signed in, and whether the session is open, locked or over. */
import { computed, signal } from "@preact/signals";
import { closeSession, openSession, readSession, tellActivity } from "../api/console.ts";
import { whenSignedOut } from "../api/http.ts";
import { inWords, ProblemError } from "../api/problem.ts";
import type { Session } from "../api/types.ts";

export type Phase = "starting" | "signed-out" | "open" | "locked";

export const phase = signal<Phase>("starting");
export const session = signal<Session | null>(null);
/** Why there is nothing to show at the start, in words. */
export const startProblem = signal<string | null>(null);
const scopes = computed(() => new Set(session.value?.scopes ?? []));

const ACTIVITY_EVERY_MS = 60_000;
let lastInputAt = Date.now();
let lastToldAt = 0;

/** Whether the key may do what a scope stands for; the server decides again each time. */
export function may(scope: string): boolean {
  return scopes.value.has(scope);
}

export async function start(): Promise<void> {
  startProblem.value = null;
  try {
    enter(await readSession());
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) phase.value = error.locked ? "locked" : "signed-out";
    else startProblem.value = inWords(error);
  }
}

/** Sign in, or unlock, with a key. Throws what the server says against it. */
export async function signIn(key: string): Promise<void> {
  const before = session.value;
  const opened = await openSession(key);
  // Another person's key must not inherit what the last one had on the screen.
  if (before && (before.role !== opened.role || before.name !== opened.name)) location.reload();
  enter(opened);
}

export async function signOut(): Promise<void> {
  await closeSession().catch(() => undefined);
  location.assign("/");
}

function enter(opened: Session): void {
  session.value = opened;
  lastInputAt = lastToldAt = Date.now();
  phase.value = "open";
}

function leave(problem: ProblemError): void {
  if (phase.value !== "open") return;
  // Whoever was in the middle of something finds it again after giving the key.
  phase.value = problem.locked || session.value ? "locked" : "signed-out";
}

whenSignedOut(leave);

/** Ask whether the session still stands: a stream that ends does not say why. */
export async function checkSession(): Promise<void> {
  try {
    await readSession();
  } catch (error) {
    if (error instanceof ProblemError && error.status === 401) leave(error);
  }
}

/** Real input keeps the session awake; the server is told of it at most once a minute. */
function active(): void {
  lastInputAt = Date.now();
  if (phase.value !== "open" || lastInputAt - lastToldAt < ACTIVITY_EVERY_MS) return;
  lastToldAt = lastInputAt;
  void tellActivity().catch(() => undefined);
}

/** The screen covers itself at the same moment as the server does. */
function lockWhenIdle(): void {
  const opened = session.value;
  if (!opened || phase.value !== "open") return;
  const idle = Date.now() - lastInputAt >= opened.locks_after_s * 1000;
  if (idle || Date.now() >= Date.parse(opened.expires_at)) phase.value = "locked";
}

for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"])
  addEventListener(kind, active, { passive: true, capture: true });
setInterval(lockWhenIdle, 5_000);
