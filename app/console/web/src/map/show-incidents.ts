/** Incidents on the map as they change, the emptying rings, and a pulse where something new is. */
import { effect } from "@preact/signals";
import { type Map as MapLibreMap, Marker } from "maplibre-gl";
import { showIncident } from "../state/address.ts";
import { now } from "../state/clock.ts";
import { type Change, incident, incidents, onChange, version } from "../state/incidents.ts";
import { lastEvent } from "../state/live.ts";
import { cursor, hovered } from "../state/queue.ts";
import { applyChange, MARKS } from "./incident-layers.ts";
import { followKeyboard } from "./keyboard.ts";
import { markOf } from "./marks.ts";
import { tip } from "./tip-state.ts";

const REACH_PX = 4;
const PULSE_MS = 9_000;

export function showIncidents(map: MapLibreMap): () => void {
  const ends = [
    onChange((change: Change) => applyChange(map, change, now.peek())),
    effect(emptyRings(map)),
    effect(() => pulse(map)),
  ];
  followPointer(map);
  followKeyboard(map);
  return () => {
    for (const end of ends) end();
    tip.value = null;
  };
}

/** Redraw those pending whose ring has gone down a step. */
function emptyRings(map: MapLibreMap): () => void {
  const drawn = new Map<string, string>();
  return () => {
    const time = now.value;
    version.value;
    const stale = [...incidents()].filter((one) => {
      if (one.verdict !== "pending") return false;
      const mark = markOf(one, time);
      if (drawn.get(one.id) === mark) return false;
      drawn.set(one.id, mark);
      return true;
    });
    if (stale.length) applyChange(map, { all: false, put: stale, removed: [] }, time);
  };
}

function pulse(map: MapLibreMap): void {
  const event = lastEvent.value;
  if (!event || event.historical) return;
  const { id, longitude, latitude, verdict } = event.incident;
  const news = event.type === "incident.opened" || event.type === "incident.unreported";
  if (!news || longitude === null || latitude === null || !incident(id)) return;
  const element = document.createElement("div");
  element.className = `pulse ${verdict}`;
  element.setAttribute("aria-hidden", "true");
  const marker = new Marker({ element }).setLngLat([longitude, latitude]).addTo(map);
  setTimeout(() => marker.remove(), PULSE_MS);
}

function followPointer(map: MapLibreMap): void {
  const under = (point: { x: number; y: number }): string | null => {
    const near: [[number, number], [number, number]] = [
      [point.x - REACH_PX, point.y - REACH_PX],
      [point.x + REACH_PX, point.y + REACH_PX],
    ];
    // The first is the one drawn last, which is on top.
    const found = map.queryRenderedFeatures(near, { layers: [MARKS] })[0];
    return found?.id === undefined ? null : String(found.id);
  };
  map.on("mousemove", (event) => {
    const id = map.isMoving() ? null : under(event.point);
    map.getCanvas().style.cursor = id ? "pointer" : "";
    if (hovered.peek() !== id) hovered.value = id;
    tip.value = id ? { id, x: event.point.x, y: event.point.y } : null;
  });
  map.on("mouseout", () => {
    hovered.value = null;
    tip.value = null;
  });
  map.on("click", (event) => {
    const id = under(event.point);
    if (!id) return;
    cursor.value = id;
    showIncident(id);
  });
}
