/** A MapLibre map with our worker, keyboard and camera. */
import { AttributionControl, Map as MapLibreMap, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { settings } from "../state/settings.ts";
import { rootScale } from "../parts/root-scale.ts";
import type { Palette } from "./palette.ts";
import { groundStyle } from "./style.ts";

// A file of ours, so that the content security policy needs no blob: for workers.
setWorkerUrl(new URL(workerUrl, location.origin).href);

export interface Camera {
  center: [number, number];
  zoom: number;
}

/** Where somebody last looked; null until the map has found the city. */
let lastCamera: Camera | null = null;
export const cameraKnown = (): boolean => lastCamera !== null;

export function openMap(box: HTMLElement, palette: Palette): MapLibreMap {
  const map = new MapLibreMap({
    container: box,
    style: groundStyle(palette, rootScale()),
    ...(lastCamera ?? { center: [0, 20], zoom: 1 }),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxPitch: 0,
    fadeDuration: 0,
    maxZoom: 20,
  });
  map.getCanvas().setAttribute("aria-label", "Map of incidents: arrows move it, plus and minus zoom, Enter opens the nearest");
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new ScaleControl({ maxWidth: 110 * rootScale() }), "bottom-right");
  const made = settings.peek().basemap?.attribution;
  const credit = made ? { customAttribution: made } : {};
  map.addControl(new AttributionControl({ compact: true, ...credit }), "bottom-right");
  map.on("moveend", (event) => {
    // The first move, to where the city is, is ours, too.
    const { lng, lat } = map.getCenter();
    if (event.originalEvent || lastCamera || map.getZoom() > 2) lastCamera = { center: [lng, lat], zoom: map.getZoom() };
  });
  return map;
}
