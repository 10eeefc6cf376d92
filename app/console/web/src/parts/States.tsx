/** Loading, nothing there, went wrong: each says what it is and what can be done. */
import type { ComponentChildren } from "preact";
import "./states.css";

export function Loading({ what }: { what: string }) {
  return (
    <p class="state loading" role="status">
      <span class="spinner" aria-hidden="true" /> Reading {what} …
    </p>
  );
}

export function Nothing({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children}
    </div>
  );
}

interface Failed {
  what: string;
  problem: string;
  again?: () => void;
}

export function WentWrong({ what, problem, again }: Failed) {
  return (
    <div class="state bad" role="alert">
      <p class="state-title">{what}</p>
      <p>{problem}</p>
      {again && (
        <button type="button" class="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}
