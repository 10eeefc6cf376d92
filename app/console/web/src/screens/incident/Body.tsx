/** The sections of an incident, in the order in which they are asked for. What a key may not see has no section. */
import type { Incident } from "../../api/types.ts";
import { Verdict } from "./Verdict.tsx";

export function Body({ incident }: { incident: Incident }) {
  return <Verdict incident={incident} />;
}
