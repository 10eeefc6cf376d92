/** Saved views, and the address of this one to hand on. */
import { useState } from "preact/hooks";
import { Icon } from "../../parts/Icon.tsx";
import { Popover } from "../../parts/Popover.tsx";
import { go, path, search } from "../../state/address.ts";
import { toast } from "../../state/announce.ts";
import { BUILT_IN, forgetView, savedViews, saveView, type View } from "../../state/views.ts";

export function ViewsMenu() {
  const label = (
    <>
      <Icon name="star" /> Views
    </>
  );
  return (
    <Popover label={label} name="Views">
      {(close) => (
        <div class="views">
          {[...BUILT_IN, ...savedViews.value].map((view) => (
            <ViewLine key={view.name} view={view} close={close} />
          ))}
          <SaveForm />
          <button type="button" class="menu-item" onClick={() => void copyAddress()}>
            <Icon name="link" /> Copy the address of this view
          </button>
        </div>
      )}
    </Popover>
  );
}

function ViewLine({ view, close }: { view: View; close: () => void }) {
  const own = !BUILT_IN.includes(view);
  return (
    <div class="view-line">
      <button
        type="button"
        class="menu-item"
        aria-current={view.search === search.value ? "true" : undefined}
        onClick={() => {
          go(path.peek(), view.search);
          close();
        }}
      >
        {view.name}
      </button>
      {own && (
        <button type="button" class="button plain icon" aria-label={`Forget ${view.name}`} onClick={() => forgetView(view.name)}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

function SaveForm() {
  const [name, setName] = useState("");
  const save = (event: Event) => {
    event.preventDefault();
    saveView(name.trim(), search.peek());
    setName("");
  };
  return (
    <form class="view-save" onSubmit={save}>
      <input
        class="input"
        placeholder="Save this view as …"
        aria-label="Name of this view"
        maxLength={80}
        required
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" class="button" disabled={!name.trim()}>
        Save
      </button>
    </form>
  );
}

async function copyAddress(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    toast("The address is copied.");
  } catch {
    toast("The browser does not let the address be copied; it is in the address bar.", { tone: "bad" });
  }
}
