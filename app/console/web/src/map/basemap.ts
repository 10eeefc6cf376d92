/** The basemap that the agency configured, under everything else. */
import { addProtocol, type LayerSpecification, type Map as MapLibreMap, type StyleSpecification } from "maplibre-gl";
import type { Basemap } from "../api/types.ts";
import type { Palette } from "./palette.ts";

const SOURCE = "basemap";
const FIRST_ABOVE = "zones-fill";

let archives: Promise<void> | undefined;

/** Add it under the zones, whose ground then lets it through. Throws when it cannot be read. */
export async function addBasemap(map: MapLibreMap, basemap: Basemap, palette: Palette): Promise<void> {
  if (basemap.kind === "raster") addRaster(map, basemap);
  else if (basemap.kind === "pmtiles") await addArchive(map, basemap, palette);
  else await addVector(map, basemap, palette);
  map.setPaintProperty("zones-fill", "fill-opacity", 0);
}

function addRaster(map: MapLibreMap, basemap: Basemap): void {
  map.addSource(SOURCE, { type: "raster", tiles: [absolute(basemap.url)], tileSize: 256 });
  map.addLayer({ id: SOURCE, type: "raster", source: SOURCE }, FIRST_ABOVE);
}

async function addArchive(map: MapLibreMap, basemap: Basemap, palette: Palette): Promise<void> {
  const { PMTiles, Protocol } = await import("pmtiles");
  archives ??= Promise.resolve(addProtocol("pmtiles", new Protocol().tile));
  await archives;
  const url = absolute(basemap.url);
  const archive = new PMTiles(url);
  const header = await archive.getHeader();
  // 1 is vector tiles in the archive's own numbering; the rest are pictures.
  if (header.tileType !== 1) {
    map.addSource(SOURCE, { type: "raster", url: `pmtiles://${url}`, tileSize: 256 });
    map.addLayer({ id: SOURCE, type: "raster", source: SOURCE }, FIRST_ABOVE);
    return;
  }
  const metadata = (await archive.getMetadata()) as { vector_layers?: { id: string }[] };
  map.addSource(SOURCE, { type: "vector", url: `pmtiles://${url}` });
  drawVector(map, (metadata.vector_layers ?? []).map((layer) => layer.id), palette);
}

/** Tiles, a TileJSON, or a whole style of somebody's. */
async function addVector(map: MapLibreMap, basemap: Basemap, palette: Palette): Promise<void> {
  const url = absolute(basemap.url);
  if (url.includes("{z}")) {
    map.addSource(SOURCE, { type: "vector", tiles: [url] });
    drawVector(map, Object.keys(PLAIN), palette);
    return;
  }
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`The basemap answered ${answer.status}.`);
  const document = (await answer.json()) as Partial<StyleSpecification> & { vector_layers?: { id: string }[] };
  if (Array.isArray(document.layers)) return addStyle(map, document as StyleSpecification);
  map.addSource(SOURCE, { type: "vector", url });
  return drawVector(map, (document.vector_layers ?? []).map((layer) => layer.id), palette);
}

/** Its labels are drawn with the fonts of this machine: with glyphs of its own, ours could not be drawn. */
function addStyle(map: MapLibreMap, style: StyleSpecification): void {
  if (typeof style.sprite === "string") map.setSprite(style.sprite);
  for (const [name, source] of Object.entries(style.sources)) map.addSource(`${SOURCE}-${name}`, source);
  for (const layer of style.layers) {
    const source = "source" in layer ? { source: `${SOURCE}-${layer.source}` } : {};
    map.addLayer({ ...layer, ...source, id: `${SOURCE}-${layer.id}` } as LayerSpecification, FIRST_ABOVE);
  }
}

/** How the usual names of layers are drawn, quietly; the rest of an archive is left out. */
const PLAIN: Record<string, "area" | "water" | "line" | "border"> = {
  earth: "area",
  land: "area",
  landuse: "area",
  landcover: "area",
  park: "area",
  water: "water",
  ocean: "water",
  waterway: "line",
  roads: "line",
  streets: "line",
  transportation: "line",
  transit: "line",
  buildings: "area",
  building: "area",
  boundaries: "border",
  boundary: "border",
};

function drawVector(map: MapLibreMap, names: string[], palette: Palette): void {
  for (const name of names) {
    const kind = PLAIN[name];
    if (!kind) continue;
    const place = { id: `${SOURCE}-${name}`, source: SOURCE, "source-layer": name } as const;
    const layer: LayerSpecification =
      kind === "area" || kind === "water"
        ? {
            ...place,
            type: "fill",
            paint: { "fill-color": kind === "area" ? palette.zone : palette.ground, "fill-opacity": 0.7 },
          }
        : {
            ...place,
            type: "line",
            paint: {
              "line-color": palette.zoneLine,
              "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 10, 0.5, 18, kind === "line" ? 8 : 1],
            },
          };
    map.addLayer(layer, FIRST_ABOVE);
  }
}

const absolute = (url: string) =>
  url.startsWith("/") ? decodeURI(new URL(url, location.origin).href) : url;
