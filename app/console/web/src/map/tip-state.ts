import { signal } from "@preact/signals";

/** The incident under the pointer and where, in pixels of the map. */
export const tip = signal<{ id: string; x: number; y: number } | null>(null);
