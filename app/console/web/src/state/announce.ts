/** What a screen reader should say, and what a person should notice for a moment. */
import { signal } from "@preact/signals";

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "bad";
  undo: (() => void) | null;
}

export const spoken = signal("");
export const toasts = signal<Toast[]>([]);
const STAYS_MS = 8_000;
let last = 0;

export function announce(text: string): void {
  spoken.value = text;
}

export function toast(text: string, options: { tone?: Toast["tone"]; undo?: () => void } = {}): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value.slice(-2), { id, text, tone: options.tone ?? "plain", undo: options.undo ?? null }];
  setTimeout(() => dismiss(id), STAYS_MS);
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
