/** How many of each verdict are shown. */
import { computed } from "@preact/signals";
import type { Verdict } from "../api/types.ts";
import { incidents, version } from "./incidents.ts";

export const tally = computed<Record<Verdict, number>>(() => {
  version.value;
  const counts = { unreported: 0, pending: 0, reported: 0, indeterminate: 0, withdrawn: 0 };
  for (const incident of incidents()) counts[incident.verdict] += 1;
  return counts;
});
