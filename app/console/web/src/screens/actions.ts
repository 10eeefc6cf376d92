/** What keys and buttons do to the incident that is looked at. */
import { decideDisposition } from "../api/incidents.ts";
import { inWords } from "../api/problem.ts";
import type { Disposition, Listed } from "../api/types.ts";
import { DISPOSITION_WORDS } from "../format/words.ts";
import { closeIncident, openIncident, page, showIncident } from "../state/address.ts";
import { toast } from "../state/announce.ts";
import { incident as listed, put } from "../state/incidents.ts";
import { bind } from "../state/keys.ts";
import { cursor, move, target } from "../state/queue.ts";
import { asOf, opened } from "../state/opened.ts";
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
  // What the filters leave out, before or by now, does not come in by being decided.
  const shown = listed(incident.id);
  if (shown) put({ ...shown, disposition });
  const said = disposition === null ? "has no disposition any more" : `is ${DISPOSITION_WORDS[disposition].toLowerCase()}`;
  toast(`${incident.number} ${said}.`, { undo: () => void dispose({ ...incident, disposition }, before) });
  return true;
}

function unfounded(): void {
  // An open one need not be among those that the filters show.
  const incident = openIncident.peek() === null ? target() : opened.peek();
  if (incident && may("incidents:review") && asOf.peek() === null) void dispose(incident, "unfounded");
}

function openCurrent(): void {
  if (openIncident.peek() === null && cursor.peek() !== null) showIncident(cursor.peek() as string);
}

/** On other pages nobody sees which incident a key would act on. */
const onMap = (run: () => void) => () => {
  if (page.peek().name === "live") run();
};

export function bindQueueKeys(): () => void {
  return bind(
    { key: "j", does: "Next incident", run: onMap(() => move(1)) },
    { key: "k", does: "Previous incident", run: onMap(() => move(-1)) },
    { key: "Enter", does: "Open the incident", run: onMap(openCurrent) },
    { key: "u", does: "Mark as unfounded", run: onMap(unfounded) },
    { key: "/", does: "Search by number or address", run: () => document.getElementById("search")?.focus() },
    { key: "?", does: "These keys", run: () => (helpOpen.value = true) },
    { key: "Escape", does: "Close the incident", run: () => openIncident.peek() !== null && closeIncident() },
  );
}
