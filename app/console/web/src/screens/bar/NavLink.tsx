/** A link to a page of the console that keeps filters and loads nothing anew. */
import type { ComponentChildren } from "preact";
import { go, search } from "../../state/address.ts";

interface Props {
  to: string;
  current: boolean;
  children: ComponentChildren;
}

export function NavLink({ to, current, children }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to + search.value} class="nav-link" aria-current={current ? "page" : undefined} onClick={follow}>
      {children}
    </a>
  );
}
