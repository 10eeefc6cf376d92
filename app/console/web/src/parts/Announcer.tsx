/** What is said to screen readers, and the short notes at the lower edge. */
import { dismiss, spoken, toasts } from "../state/announce.ts";
import { Icon } from "./Icon.tsx";
import "./announcer.css";

export function Announcer() {
  return (
    <>
      <div class="hidden-visually" aria-live="polite">
        {spoken}
      </div>
      <div class="toasts" role="region" aria-label="Notes" aria-live="polite">
        {toasts.value.map((toast) => (
          <div key={toast.id} class={`toast ${toast.tone}`}>
            <span>{toast.text}</span>
            {toast.undo && (
              <button
                type="button"
                class="button plain"
                onClick={() => {
                  toast.undo?.();
                  dismiss(toast.id);
                }}
              >
                Undo
              </button>
            )}
            <button type="button" class="button plain icon" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </>
  );
}
