/** Saved views: names for filters, kept in this browser. */
import { kept } from "./kept.ts";

export interface View {
  name: string;
  /** What follows the question mark. */
  search: string;
}

const isView = (value: unknown): value is View =>
  typeof value === "object" && value !== null && "name" in value && "search" in value;
const isViews = (value: unknown): value is View[] => Array.isArray(value) && value.every(isView);

export const BUILT_IN: readonly View[] = [
  { name: "Last 24 hours", search: "" },
  { name: "This shift (8 hours)", search: "?period=8h" },
  { name: "Unreported, five rounds or more, 7 days", search: "?period=7d&verdict=unreported&min_rounds=5" },
  { name: "To review, 30 days", search: "?period=30d&needs_review=true" },
];

export const savedViews = kept<View[]>("views", [], isViews);

export function saveView(name: string, search: string): void {
  savedViews.value = [...savedViews.value.filter((view) => view.name !== name), { name, search }];
}

export function forgetView(name: string): void {
  savedViews.value = savedViews.value.filter((view) => view.name !== name);
}
