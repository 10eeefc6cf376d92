/** A part of the drawer with a heading that folds it. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Props {
  title: string;
  /** How many there are, beside the title. */
  count?: number | null;
  open?: boolean;
  children: ComponentChildren;
}

export function Section({ title, count = null, open = true, children }: Props) {
  const id = useId();
  return (
    <details class="section" open={open}>
      <summary>
        <h3 id={id}>{title}</h3>
        {count !== null && <span class="section-number">{count}</span>}
      </summary>
      <section class="section-body" aria-labelledby={id}>
        {children}
      </section>
    </details>
  );
}
