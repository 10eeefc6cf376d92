/** A list of any length of which only what is in view is in the page. */
import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from "@tanstack/virtual-core";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import "./virtual-list.css";

interface Props<T> {
  rows: readonly T[];
  keyOf: (row: T) => string;
  /** Height of a row in rem; it is the same every time for the same row. */
  heightOf: (row: T) => number;
  name: string;
  /** Bring this row into view; a new object each time. */
  wanted: { row: number } | null;
  /** The end is near. */
  atEnd?: () => void;
  children: (row: T, index: number) => ComponentChildren;
}

const OVERSCAN = 8;
const rem = () => Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

export function VirtualList<T>({ rows, keyOf, heightOf, name, wanted, atEnd, children }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, again] = useReducer((count: number, _action: undefined) => count + 1, 0);
  const made = useRef<Virtualizer<HTMLDivElement, HTMLDivElement> | undefined>(undefined);
  // The same functions as long as the rows are the same: with others all heights would be reckoned anew.
  const ofRows = useMemo(() => {
    const pixels = rem();
    return {
      estimateSize: (index: number) => heightOf(rows[index] as T) * pixels,
      getItemKey: (index: number) => keyOf(rows[index] as T),
    };
  }, [rows, keyOf, heightOf]);
  const options = {
    count: rows.length,
    getScrollElement: () => scroller.current,
    ...ofRows,
    overscan: OVERSCAN,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => again(undefined),
  };
  made.current ??= new Virtualizer(options);
  const virtual = made.current;
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  // Other rows, other heights.
  useLayoutEffect(() => virtual.measure(), [virtual, rows]);
  useLayoutEffect(() => {
    if (wanted) virtual.scrollToIndex(wanted.row, { align: "auto" });
  }, [virtual, wanted]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1);
  useLayoutEffect(() => {
    if (last && last.index >= rows.length - OVERSCAN) atEnd?.();
  }, [last?.index, rows.length, atEnd]);
  return (
    <div class="virtual" ref={scroller} role="list" aria-label={name} tabIndex={-1}>
      <div class="virtual-whole" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
        {items.map((item: VirtualItem) => (
          <div
            key={item.key as string}
            class="virtual-row"
            role="listitem"
            aria-posinset={item.index + 1}
            aria-setsize={rows.length}
            style={{ height: `${item.size}px`, transform: `translateY(${item.start}px)` }}
          >
            {children(rows[item.index] as T, item.index)}
          </div>
        ))}
      </div>
    </div>
  );
}
