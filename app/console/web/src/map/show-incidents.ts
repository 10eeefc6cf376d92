/** Incidents on the map as they change, the emptying rings, and a pulse where something new is. */
import { computed, effect } from "@preact/signals";
import { type Map as MapLibreMap, Marker } from "maplibre-gl";
import { showIncident } from "../state/address.ts";
import { now } from "../state/clock.ts";
import { incident, incidents, version } from "../state/incidents.ts";
import { lastEvent } from "../state/live.ts";
import { cursor, hovered } from "../state/queue.ts";
import { tally } from "../state/tally.ts";
import { followKeyboard } from "./keyboard.ts";
import type { MarksLayer } from "./MarksLayer.ts";
import { marksOf } from "./marks.ts";
import { tip } from "./tip-state.ts";

const PULSE_MS = 9_000;
/** A ring of 15 minutes empties by a hundredth in nine seconds: nobody sees it move more often than this. */
const RINGS_MS = 5_000;
const ringTime = computed(() => Math.floor(now.value / RINGS_MS) * RINGS_MS);

export function showIncidents(map: MapLibreMap, layer: MarksLayer): () => void {
  const ends = [
    effect(() => {
      version.value;
      // Only rings that empty need the time.
      const time = tally.value.pending ? ringTime.value : now.peek();
      layer.set(marksOf(incidents(), time));
    }),
    effect(pulses(map)),
  ];
  followPointer(map, layer);
  followKeyboard(map);
  return () => {
    for (const end of ends) end();
    tip.value = null;
  };
}

/** One pulse for each incident, which ends when something else is heard of it. */
function pulses(map: MapLibreMap): () => void {
  const shown = new Map<string, Marker>();
  return () => {
    const event = lastEvent.value;
    if (!event || event.historical) return;
    const { id, longitude, latitude, verdict } = event.incident;
    shown.get(id)?.remove();
    shown.delete(id);
    const news = event.type === "incident.opened" || event.type === "incident.unreported";
    if (!news || longitude === null || latitude === null || !incident(id)) return;
    const element = document.createElement("div");
    element.className = `pulse ${verdict}`;
    element.setAttribute("aria-hidden", "true");
    const marker = new Marker({ element }).setLngLat([longitude, latitude]).addTo(map);
    shown.set(id, marker);
    setTimeout(() => {
      marker.remove();
      if (shown.get(id) === marker) shown.delete(id);
    }, PULSE_MS);
  };
}

function followPointer(map: MapLibreMap, layer: MarksLayer): void {
  const under = (point: { x: number; y: number }) => layer.at(point.x, point.y);
  map.on("mousemove", (event) => {
    const id = map.isMoving() ? null : under(event.point);
    map.getCanvas().style.cursor = id ? "pointer" : "";
    if (hovered.peek() !== id) hovered.value = id;
    tip.value = id ? { id, x: event.point.x, y: event.point.y } : null;
  });
  const leave = () => {
    hovered.value = null;
    tip.value = null;
  };
  map.on("mouseout", leave);
  // What was under the pointer goes away with the map.
  map.on("movestart", leave);
  map.on("click", (event) => {
    const id = under(event.point);
    if (!id) return;
    cursor.value = id;
    showIncident(id);
  });
}
