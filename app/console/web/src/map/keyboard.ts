/** Incidents by keyboard: after each step of the map the one nearest to its middle is at the cursor. */
import type { Map as MapLibreMap, MapLibreEvent } from "maplibre-gl";
import { VERDICT_WORDS } from "../format/words.ts";
import { announce } from "../state/announce.ts";
import { incident, incidents } from "../state/incidents.ts";
import { cursor } from "../state/queue.ts";

const REACH_PX = 90;

export function followKeyboard(map: MapLibreMap): void {
  map.on("moveend", (event: MapLibreEvent) => {
    if (!(event.originalEvent instanceof KeyboardEvent)) return;
    const id = nearest(map);
    const found = id === null ? undefined : incident(id);
    if (!found || id === cursor.peek()) return;
    cursor.value = id;
    announce(`${VERDICT_WORDS[found.verdict]}: ${found.address ?? found.number}. Enter opens it.`);
  });
}

function nearest(map: MapLibreMap): string | null {
  const middle = map.project(map.getCenter());
  let [best, bestPx]: [string | null, number] = [null, REACH_PX];
  const bounds = map.getBounds();
  for (const { id, longitude, latitude } of incidents()) {
    if (longitude === null || latitude === null || !bounds.contains([longitude, latitude])) continue;
    const away = map.project([longitude, latitude]).dist(middle);
    if (away < bestPx) [best, bestPx] = [id, away];
  }
  return best;
}
