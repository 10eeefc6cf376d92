/** A button with a panel under it; Escape or a click elsewhere closes it and gives the focus back. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import "./popover.css";

interface Props {
  label: ComponentChildren;
  /** What the panel is, for screen readers; of the button too where it shows no words. */
  name: string;
  class?: string;
  side?: "left" | "right";
  children: (close: () => void) => ComponentChildren;
}

export function Popover({ label, name, class: kind = "", side = "left", children }: Props) {
  const [open, setOpen] = useState(false);
  const whole = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    const elsewhere = (event: Event) => {
      if (!whole.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", elsewhere);
    addEventListener("focusin", elsewhere);
    return () => {
      removeEventListener("pointerdown", elsewhere);
      removeEventListener("focusin", elsewhere);
    };
  }, [open]);
  const escape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  return (
    <div class="popover" ref={whole} onKeyDown={escape}>
      <button
        type="button"
        ref={button}
        class={`button ${kind}`}
        aria-expanded={open}
        aria-controls={id}
        aria-label={typeof label === "string" ? undefined : name}
        title={name}
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open && (
        <div class={`popover-panel ${side}`} id={id} role="group" aria-label={name}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
