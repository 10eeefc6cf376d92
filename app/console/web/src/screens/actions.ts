/** What keys and buttons do to the incident that is looked at. */
import { decideDisposition } from "../api/incidents.ts";
import { inWords } from "../api/problem.ts";
import type { Disposition, Listed } from "../api/types.ts";
import { DISPOSITION_WORDS } from "../format/words.ts";
import { closeIncident, openIncident, showIncident } from "../state/address.ts";
import { toast } from "../state/announce.ts";
import { put } from "../state/incidents.ts";
import { bind } from "../state/keys.ts";
import { cursor, move, target } from "../state/queue.ts";
import { asOf } from "../state/opened.ts";
import { may } from "../state/session.ts";
import { helpOpen } from "./help-open.ts";

/** Say what was found; what was said before comes back by one press. */
export async function dispose(incident: Listed, disposition: Disposition | null, note: string | null = null): Promise<boolean> {
  const before = incident.disposition;
  try {
    await decideDisposition(incident.id, disposition, note);
  } catch (error) {
    toast(`${incident.number} stays as it was. ${inWords(error)}`, { tone: "bad" });
    return false;
  }
  put({ ...incident, disposition });
  const said = disposition === null ? "has no disposition any more" : `is ${DISPOSITION_WORDS[disposition].toLowerCase()}`;
  toast(`${incident.number} ${said}.`, { undo: () => void dispose({ ...incident, disposition }, before) });
  return true;
}

function unfounded(): void {
  const incident = target();
  if (incident && may("incidents:review") && asOf.peek() === null) void dispose(incident, "unfounded");
}

function openCurrent(): void {
  if (openIncident.peek() === null && cursor.peek() !== null) showIncident(cursor.peek() as string);
}

export function bindQueueKeys(): () => void {
  return bind(
    { key: "j", does: "Next incident", run: () => move(1) },
    { key: "k", does: "Previous incident", run: () => move(-1) },
    { key: "Enter", does: "Open the incident", run: openCurrent },
    { key: "u", does: "Mark as unfounded", run: unfounded },
    { key: "/", does: "Search by number or address", run: () => document.getElementById("search")?.focus() },
    { key: "?", does: "These keys", run: () => (helpOpen.value = true) },
    { key: "Escape", does: "Close the incident", run: () => openIncident.peek() !== null && closeIncident() },
  );
}
