/** Say whether a call reports an incident. */
import { decideLink } from "../../api/incidents.ts";
import { inWords } from "../../api/problem.ts";
import type { Decision, IncidentCall } from "../../api/types.ts";
import { toast } from "../../state/announce.ts";
import { asOf, refreshOpened } from "../../state/opened.ts";

const SAID: Record<Decision, string> = {
  confirmed: "reports this incident, you say",
  rejected: "does not report this incident, you say",
  automatic: "is left to the evidence again",
};

export async function decide(incident: string, call: IncidentCall, decision: Decision, note: string | null): Promise<boolean> {
  if (asOf.peek() !== null) return false;
  const before = call.decision;
  if (before === decision && !note) return true;
  try {
    await decideLink(incident, call.id, decision, note);
  } catch (error) {
    toast(`Nothing was decided. ${inWords(error)}`, { tone: "bad" });
    return false;
  }
  await refreshOpened();
  const undo = () => void decide(incident, { ...call, decision }, before, null);
  toast(`Call ${call.id} ${SAID[decision]}.`, before === decision ? {} : { undo });
  return true;
}
