/** Zones, coverage and cameras on the map as they come in; the first zones decide where to look. */
import { effect } from "@preact/signals";
import type { Feature } from "geojson";
import type { GeoJSONSource, Map as MapLibreMap } from "maplibre-gl";
import { openIncident } from "../state/address.ts";
import { filters } from "../state/filters.ts";
import { incidents, loading, version } from "../state/incidents.ts";
import { places } from "../state/places.ts";
import { type Box, boxOf } from "./geometry.ts";
import { cameraKnown } from "./open.ts";
import { namesOf, SWITCHED, viewsOf } from "./style.ts";
import { LAYER_NAMES, layersOff } from "./switched.ts";

export function showPlaces(map: MapLibreMap): () => void {
  const ends = [
    effect(() => {
      fill(map, "zones", places.zones.value);
      fill(map, "zone-names", namesOf(places.zones.value));
    }),
    effect(() => fill(map, "coverage", places.coverage.value)),
    effect(() => {
      fill(map, "cameras", places.cameras.value);
      fill(map, "views", viewsOf(places.cameras.value));
    }),
    effect(() => {
      const off = layersOff.value;
      for (const name of LAYER_NAMES)
        for (const layer of SWITCHED[name])
          map.setLayoutProperty(layer, "visibility", off.includes(name) ? "none" : "visible");
    }),
    effect(() => {
      version.value;
      const known = [...places.zones.value, ...places.coverage.value];
      if (!cameraKnown()) lookAt(map, boxOf(known) ?? boxOfIncidents(), false);
    }),
    lookAtFound(map),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** Whoever searches wants to see where it is. */
function lookAtFound(map: MapLibreMap): () => void {
  let shown = filters.peek().text;
  return effect(() => {
    const { text } = filters.value;
    if (loading.value === "first" || text === shown) return;
    shown = text;
    if (text && openIncident.peek() === null) lookAt(map, boxOfIncidents());
  });
}

function fill(map: MapLibreMap, source: string, features: Feature[]): void {
  map.getSource<GeoJSONSource>(source)?.setData({ type: "FeatureCollection", features });
}

export function lookAt(map: MapLibreMap, box: Box | null, animate = true): void {
  if (box) map.fitBounds(box, { padding: 40, maxZoom: 15, animate });
}

/** Everything that there is to see: the places, or else the incidents. */
export function lookAtAll(map: MapLibreMap): void {
  lookAt(map, boxOf([...places.zones.peek(), ...places.coverage.peek()]) ?? boxOfIncidents());
}

function boxOfIncidents(): Box | null {
  const points: Feature[] = [];
  for (const { longitude, latitude } of incidents())
    if (longitude !== null && latitude !== null)
      points.push({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [longitude, latitude] } });
  return boxOf(points);
}
