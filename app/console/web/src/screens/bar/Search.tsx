/** Search by number or address, in all time. */
import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../../parts/Icon.tsx";
import { go, page } from "../../state/address.ts";
import { filters, setFilters } from "../../state/filters.ts";
import { loading } from "../../state/incidents.ts";
import { cursor, move, rows } from "../../state/queue.ts";

const WAIT_MS = 250;

/** Once the answer is there, the keyboard is at its first row. */
function goToFirst(): void {
  const stop = effect(() => {
    if (loading.value === "first" || (loading.value === "more" && !rows.value.length)) return;
    queueMicrotask(() => {
      stop();
      cursor.value = null;
      move(1);
    });
  });
}

export function Search() {
  const known = filters.value.text;
  const [text, setText] = useState(known);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(known), [known]);
  const apply = (value: string) => {
    clearTimeout(timer.current);
    if (page.peek().name !== "live") go("/");
    if (value.trim() !== filters.peek().text) setFilters({ text: value.trim() }, true);
  };
  const type = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => apply(value), WAIT_MS);
  };
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    if (event.key === "Escape") {
      setText("");
      apply("");
      event.currentTarget.blur();
    } else if (event.key === "Enter") {
      apply(text);
      event.currentTarget.blur();
      goToFirst();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      move(1);
    }
  };
  return (
    <search class="search">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        class="input"
        placeholder="Number or address"
        aria-label="Search all incidents by number or address"
        aria-keyshortcuts="/"
        autocomplete="off"
        spellcheck={false}
        maxLength={200}
        value={text}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {!text && <kbd aria-hidden="true">/</kbd>}
    </search>
  );
}
