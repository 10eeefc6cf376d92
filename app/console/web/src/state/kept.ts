/** Signals that a browser remembers from one visit to the next. Nothing of incidents or calls is ever kept there. */
import { effect, type Signal, signal } from "@preact/signals";

export function kept<T>(name: string, initial: T, valid: (value: unknown) => value is T): Signal<T> {
  const key = `earshot.${name}`;
  const kept = signal<T>(read(key, initial, valid));
  effect(() => {
    const text = JSON.stringify(kept.value);
    try {
      localStorage.setItem(key, text);
    } catch {
      // A browser that keeps nothing shows everything all the same.
    }
  });
  return kept;
}

function read<T>(key: string, initial: T, valid: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? "null");
    return valid(value) ? value : initial;
  } catch {
    return initial;
  }
}

export const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
export const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
