/** What the agency set: its name, the sign-in notice, its time zone, a basemap. */
import { computed, signal } from "@preact/signals";
import { readSettings } from "../api/console.ts";
import type { ConsoleSettings } from "../api/types.ts";

const NOTHING: ConsoleSettings = { agency_name: null, notice: null, time_zone: "UTC", version: "", basemap: null };

export const settings = signal<ConsoleSettings>(NOTHING);
export const timeZone = computed(() => settings.value.time_zone);

export async function loadSettings(): Promise<void> {
  settings.value = await readSettings();
}
