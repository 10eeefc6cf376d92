/** Queue or map, on screens too narrow for both. */
import { pane } from "./pane.ts";

export function PaneSwitch() {
  return (
    <div class="pane-switch" role="group" aria-label="Shown part">
      {(["queue", "map"] as const).map((part) => (
        <button type="button" key={part} class="button" aria-pressed={pane.value === part} onClick={() => (pane.value = part)}>
          {part === "queue" ? "Queue" : "Map"}
        </button>
      ))}
    </div>
  );
}
