/** Who is signed in, dark or light, the keys, and the way out. */
import { Icon } from "../../parts/Icon.tsx";
import { Popover } from "../../parts/Popover.tsx";
import { Time } from "../../parts/Time.tsx";
import { session, signOut } from "../../state/session.ts";
import { settings } from "../../state/settings.ts";
import { type Choice, themeChoice } from "../../state/theme.ts";
import { helpOpen } from "../help-open.ts";

const THEMES: [Choice, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

export function Account() {
  const who = session.value;
  return (
    <Popover label={<Icon name="person" />} name="Account and display" class="plain icon" side="right">
      {(close) => (
        <div class="account">
          <p>
            <b>{who?.name ?? "Without a name"}</b>
            <br />
            <span class="small quiet">
              {who?.role} · {settings.value.agency_name ?? "Earshot"} {settings.value.version}
              {who && (
                <>
                  <br />
                  Session ends <Time at={who.expires_at} />
                </>
              )}
            </span>
          </p>
          <div class="account-themes" role="group" aria-label="Display">
            {THEMES.map(([choice, words]) => (
              <button
                type="button"
                key={choice}
                class="button"
                aria-pressed={themeChoice.value === choice}
                onClick={() => (themeChoice.value = choice)}
              >
                {words}
              </button>
            ))}
          </div>
          <button
            type="button"
            class="menu-item"
            onClick={() => {
              close();
              helpOpen.value = true;
            }}
          >
            <Icon name="help" /> Keys and shapes <kbd>?</kbd>
          </button>
          <a class="menu-item" href="/docs" target="_blank" rel="noreferrer">
            <Icon name="paper" /> Reference of the API
          </a>
          <button type="button" class="menu-item" onClick={() => void signOut()}>
            <Icon name="back" /> Sign out
          </button>
        </div>
      )}
    </Popover>
  );
}
