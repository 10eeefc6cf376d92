/** Back and on through pages that the server links. */
import { useEffect, useState } from "preact/hooks";

export interface PageState {
  /** Where the page begins; null for the first. */
  cursor: string | null;
  before: (string | null)[];
  go: (cursor: string | null, before: (string | null)[]) => void;
}

/** Pages of a list; another question begins with the first again. */
export function usePages(question: readonly unknown[]): PageState {
  const [state, setState] = useState<{ cursor: string | null; before: (string | null)[] }>({ cursor: null, before: [] });
  useEffect(() => setState({ cursor: null, before: [] }), question);
  return { ...state, go: (cursor, before) => setState({ cursor, before }) };
}

export function Pages({ pages, next }: { pages: PageState; next: string | null }) {
  const { cursor, before, go } = pages;
  if (!next && before.length === 0) return null;
  const following = next ? new URL(next, location.origin).searchParams.get("cursor") : null;
  return (
    <nav class="pane-tools" aria-label="Pages">
      <button type="button" class="button" disabled={before.length === 0} onClick={() => go(before.at(-1) ?? null, before.slice(0, -1))}>
        Newer
      </button>
      <button type="button" class="button" disabled={following === null} onClick={() => go(following, [...before, cursor])}>
        Older
      </button>
    </nav>
  );
}
