/** Feeds, what could not be used, keys, rules and the audit trail, by role. */
import { go, path, search } from "../../state/address.ts";
import { may } from "../../state/session.ts";
import { Audit } from "./Audit.tsx";
import { Keys } from "./Keys.tsx";
import { Rejects } from "./Rejects.tsx";
import { RulesPane } from "./RulesPane.tsx";
import { Sources } from "./Sources.tsx";
import "./operations.css";

const PANES = {
  sources: { title: "Sources", scope: "sources:read", Pane: Sources },
  rejects: { title: "Rejects", scope: "admin", Pane: Rejects },
  keys: { title: "Keys", scope: "admin", Pane: Keys },
  rules: { title: "Rules", scope: "admin", Pane: RulesPane },
  audit: { title: "Audit trail", scope: "admin", Pane: Audit },
} as const;
type Name = keyof typeof PANES;

export default function Operations() {
  const given = new URLSearchParams(search.value);
  const shown = (Object.keys(PANES) as Name[]).filter((name) => may(PANES[name].scope));
  const asked = given.get("pane") as Name | null;
  const chosen = asked && shown.includes(asked) ? asked : "sources";
  const { Pane } = PANES[chosen];
  const choose = (name: Name) => {
    given.set("pane", name);
    go(path.value, `?${given.toString()}`);
  };
  return (
    <div class="operations">
      <nav class="panes" aria-label="Operations">
        {shown.map((name) => (
          <button type="button" key={name} class="button" aria-pressed={name === chosen} onClick={() => choose(name)}>
            {PANES[name].title}
          </button>
        ))}
      </nav>
      <Pane />
    </div>
  );
}
