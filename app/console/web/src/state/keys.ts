/** Keys that work wherever nobody types: each has one owner and one line of help. */
import { signal } from "@preact/signals";
import { phase } from "./session.ts";

export interface Key {
  key: string;
  does: string;
  run: () => void;
}

const bound = new Map<string, Key>();
/** In the order in which they were bound, for the help. */
export const keys = signal<Key[]>([]);

/** Bind keys until the returned function is called. */
export function bind(...added: Key[]): () => void {
  for (const key of added) bound.set(key.key, key);
  keys.value = [...bound.values()];
  return () => {
    for (const key of added) if (bound.get(key.key) === key) bound.delete(key.key);
    keys.value = [...bound.values()];
  };
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

/** Enter belongs to what has the focus, where that can be pressed. */
function pressing(event: KeyboardEvent): boolean {
  return event.key === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary") !== null;
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || pressing(event)) return;
  if (phase.peek() !== "open" || document.querySelector("dialog[open]")) return;
  if (event.key !== "Escape" && typing(event.target)) return;
  const key = bound.get(event.key);
  if (!key || event.defaultPrevented) return;
  event.preventDefault();
  key.run();
});
