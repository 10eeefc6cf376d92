/** Entries of the timeline in words. */
import type { TimelineEntry, Verdict } from "../../api/types.ts";
import { metres, percent } from "../../format/numbers.ts";
import { plain, VERDICT_WORDS } from "../../format/words.ts";

type Details = Record<string, unknown>;

const text = (value: unknown) => (typeof value === "string" ? value : "");
const number = (value: unknown) => (typeof value === "number" ? value : null);

const WORDS: Record<TimelineEntry["kind"], (details: Details) => string> = {
  shot: () => "Shot",
  alert_published: (details) => `Alert ${text(details.external_id)} published`,
  alert_stored: () => "Alert stored here",
  alert_revised: (details) => `Alert revised: ${plain(text(details.classification))}`,
  alert_retracted: () => "Alert retracted",
  alert_not_applied: (details) => `A word about the alert that was not applied (${plain(text(details.outcome))})`,
  call: (details) => {
    const away = number(details.distance_m);
    const place = away === null ? "" : `, ${metres(away)} away`;
    return `Call: ${plain(text(details.nature))}${place}, ${percent(number(details.probability))}`;
  },
  dispatched: () => "Dispatched",
  arrived: () => "Arrived",
  cleared: () => "Cleared",
  verdict: (details) => `Verdict: ${VERDICT_WORDS[text(details.verdict) as Verdict] ?? text(details.verdict)}`,
  decision: (details) => `A call was ${plain(text(details.decision))}${noted(details)}`,
  disposition: (details) => `Found: ${plain(text(details.disposition)) || "taken back"}${noted(details)}`,
  shot_report: (details) => `${plain(text(details.provenance))} filed${noted(details)}`,
  follow_up: (details) => `Follow-up: ${plain(text(details.kind))}${details.state ? `, ${plain(text(details.state))}` : ""}`,
};

const noted = (details: Details) => (details.note ? `: ${text(details.note)}` : "");

export function entryInWords(entry: TimelineEntry): string {
  return WORDS[entry.kind]?.(entry.details as Details) ?? plain(entry.kind);
}
