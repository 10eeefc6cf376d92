/** Zones, coverage and cameras as GeoJSON, all pages of them. */
import type { Feature, FeatureCollection } from "geojson";
import { ask } from "./http.ts";

interface PageOfFeatures extends FeatureCollection {
  links: { rel: string; href: string }[];
}

export type Places = "zones" | "coverage" | "cameras";

export async function readPlaces(collection: Places, signal: AbortSignal): Promise<Feature[]> {
  const features: Feature[] = [];
  let address: string | undefined = `/ogc/collections/${collection}/items?limit=1000&f=geojson`;
  while (address) {
    const page: PageOfFeatures = await ask<PageOfFeatures>("GET", address, undefined, signal);
    features.push(...page.features);
    const next = page.links.find((link) => link.rel === "next");
    // Only path and query: behind a proxy the server may know itself by another name.
    address = next ? pathOf(next.href) : undefined;
  }
  return features;
}

function pathOf(address: string): string {
  const url = new URL(address, location.origin);
  return url.pathname + url.search;
}
