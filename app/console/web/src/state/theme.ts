/** Dark or light: the system's choice until somebody makes one. */
import { computed, effect, signal } from "@preact/signals";
import { kept } from "./kept.ts";

export type Choice = "system" | "dark" | "light";
const isChoice = (value: unknown): value is Choice => value === "system" || value === "dark" || value === "light";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});

export const themeChoice = kept<Choice>("theme", "system", isChoice);
export const dark = computed(() => (themeChoice.value === "system" ? systemDark.value : themeChoice.value === "dark"));

effect(() => {
  document.documentElement.dataset.theme = dark.value ? "dark" : "light";
});
