/** Feeds, keys, rules and the audit trail, by role. */
import { Nothing } from "../../parts/States.tsx";

export default function Operations() {
  return (
    <Nothing title="Operations">
      <p>Feeds, keys and rules are on the command line: earshot source, earshot key, earshot rules.</p>
    </Nothing>
  );
}
