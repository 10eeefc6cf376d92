/** The address bar: which page, and what follows the question mark. */
import { computed, signal } from "@preact/signals";

export type Page = { name: "live"; incident: string | null } | { name: "insight" } | { name: "operations" };

export const path = signal(location.pathname);
export const search = signal(location.search);

export const page = computed<Page>(() => {
  if (path.value.startsWith("/insight")) return { name: "insight" };
  if (path.value.startsWith("/operations")) return { name: "operations" };
  const found = /^\/incidents\/([^/]+)$/.exec(path.value);
  return { name: "live", incident: found?.[1] ? decoded(found[1]) : null };
});

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The incident that the drawer shows. */
export const openIncident = computed(() => (page.value.name === "live" ? page.value.incident : null));

addEventListener("popstate", () => {
  path.value = location.pathname;
  search.value = location.search;
});

export function go(toPath: string, toSearch: string = search.value, replace = false): void {
  if (toPath === path.value && toSearch === search.value) return;
  history[replace ? "replaceState" : "pushState"](null, "", toPath + toSearch);
  path.value = toPath;
  search.value = toSearch;
}

export const addressOfIncident = (id: string) => `/incidents/${encodeURIComponent(id)}`;

/** Show an incident; going from one to the next adds no steps to the way back. */
export function showIncident(id: string): void {
  go(addressOfIncident(id), search.value, openIncident.value !== null);
}

export function closeIncident(): void {
  go("/");
}
