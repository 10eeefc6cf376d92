/** The basemap that the agency configured, under everything else. */
import { addProtocol, type LayerSpecification, type Map as MapLibreMap, type StyleSpecification } from "maplibre-gl";
import type { Protocol } from "pmtiles";
import type { Basemap } from "../api/types.ts";
import { dark } from "../state/theme.ts";
import { rootScale } from "../parts/root-scale.ts";
import { basemapLayers, KNOWN_LAYERS } from "./basemap-layers.ts";
import type { Palette } from "./palette.ts";

const SOURCE = "basemap";
const FIRST_ABOVE = "zones-fill";
/** The kinds of tiles in the numbering of archives; from 2 to 5 they are pictures. */
const VECTOR = 1;
const LAST_PICTURE = 5;
/** Tiles made for paper-white screens, on a dark one: dim enough for shapes to stand out. */
const DIMMED = { "raster-brightness-max": 0.5, "raster-saturation": -0.4 };

let archives: Protocol | undefined;

/** Add it under the zones, whose ground then lets it through. Throws when it cannot be read. */
export async function addBasemap(map: MapLibreMap, basemap: Basemap, palette: Palette): Promise<void> {
  if (basemap.kind === "raster") addRaster(map, { tiles: [absolute(basemap.url)] });
  else if (basemap.kind === "pmtiles") await addArchive(map, basemap, palette);
  else await addVector(map, basemap, palette);
  map.setPaintProperty("zones-fill", "fill-opacity", 0);
  // Streets have about the colour that the outlines of zones have on bare ground.
  map.setPaintProperty("zones-line", "line-color", palette.label);
  map.setPaintProperty("zones-line", "line-opacity", 0.6);
}

function addRaster(map: MapLibreMap, from: { tiles: string[] } | { url: string }): void {
  map.addSource(SOURCE, { type: "raster", ...from, tileSize: 256 });
  map.addLayer({ id: SOURCE, type: "raster", source: SOURCE, paint: dark.peek() ? DIMMED : {} }, FIRST_ABOVE);
}

async function addArchive(map: MapLibreMap, basemap: Basemap, palette: Palette): Promise<void> {
  const { PMTiles, Protocol: Archives } = await import("pmtiles");
  if (!archives) {
    archives = new Archives({ metadata: true });
    addProtocol("pmtiles", archives.tile);
  }
  const address = absolute(basemap.url);
  const archive = archives.get(address) ?? new PMTiles(address);
  archives.add(archive);
  const { tileType } = await archive.getHeader();
  const url = `pmtiles://${address}`;
  if (tileType === VECTOR) {
    const { vector_layers } = (await archive.getMetadata()) as VectorLayers;
    map.addSource(SOURCE, { type: "vector", url });
    drawVector(map, vector_layers?.map((layer) => layer.id) ?? [], palette);
  } else if (tileType > VECTOR && tileType <= LAST_PICTURE) addRaster(map, { url });
  else throw new Error("Its tiles are of a kind that cannot be drawn here.");
}

interface VectorLayers {
  vector_layers?: { id: string }[];
}

/** Tiles, a TileJSON, or a whole style of somebody's. */
async function addVector(map: MapLibreMap, basemap: Basemap, palette: Palette): Promise<void> {
  const url = absolute(basemap.url);
  if (url.includes("{z}")) {
    map.addSource(SOURCE, { type: "vector", tiles: [url] });
    return drawVector(map, KNOWN_LAYERS, palette);
  }
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`It was answered with ${answer.status}.`);
  const document = (await answer.json()) as Partial<StyleSpecification> & VectorLayers;
  if (Array.isArray(document.layers)) return addStyle(map, document as StyleSpecification);
  map.addSource(SOURCE, { type: "vector", url });
  return drawVector(map, document.vector_layers?.map((layer) => layer.id) ?? [], palette);
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

function drawVector(map: MapLibreMap, names: readonly string[], palette: Palette): void {
  if (!names.length) throw new Error("It does not tell which layers it has.");
  for (const layer of basemapLayers(SOURCE, names, palette, rootScale())) map.addLayer(layer, FIRST_ABOVE);
}

const absolute = (url: string) => (url.startsWith("/") ? decodeURI(new URL(url, location.origin).href) : url);
