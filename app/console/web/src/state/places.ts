/** Zones, coverage and cameras, read once for a session. */
import { effect, type Signal, signal } from "@preact/signals";
import type { Feature } from "geojson";
import { type Places, readPlaces } from "../api/places.ts";
import { inWords } from "../api/problem.ts";
import { toast } from "./announce.ts";
import { may, phase } from "./session.ts";

export const places: Record<Places, Signal<Feature[]>> = {
  zones: signal([]),
  coverage: signal([]),
  cameras: signal([]),
};

export function loadPlaces(): void {
  effect(() => {
    if (phase.value !== "open" || !may("places:read")) return undefined;
    const reading = new AbortController();
    for (const collection of Object.keys(places) as Places[]) {
      if (places[collection].peek().length) continue;
      readPlaces(collection, reading.signal).then(
        (features) => {
          places[collection].value = features;
        },
        (error: unknown) => {
          if (!reading.signal.aborted) toast(`The ${collection} could not be read. ${inWords(error)}`, { tone: "bad" });
        },
      );
    }
    return () => reading.abort();
  });
}
