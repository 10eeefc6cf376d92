/** The tab's title: how many wait, so that it can be seen from another tab. */
import { effect } from "@preact/signals";
import { sections } from "./queue.ts";
import { phase } from "./session.ts";

export function keepTitle(): void {
  effect(() => {
    const waiting = sections.value.find((section) => section.name === "unreported")?.incidents.length ?? 0;
    document.title = phase.value === "open" && waiting ? `${waiting} unreported · Earshot` : "Earshot";
  });
}
