/** Small geometry on the globe: enough for drawing, not for deciding. */
import type { Feature, Geometry, Polygon, Position } from "geojson";

const EARTH_M = 6_371_008.8;
const DEGREE = Math.PI / 180;
/** Metres to a pixel on the equator at zoom 0, for tiles of 512 pixels. */
const METRES_A_PIXEL = (2 * Math.PI * 6_378_137) / 512;

/** How many pixels so many metres are at zoom 0, at a latitude. */
export function pixelsAtZoom0(metres: number, latitude: number): number {
  return metres / (METRES_A_PIXEL * Math.max(0.01, Math.cos(latitude * DEGREE)));
}

/** The point so many metres away in a direction (degrees clockwise from north). */
export function away([longitude, latitude]: Position, metres: number, direction: number): Position {
  const arc = metres / EARTH_M;
  const [from, turn] = [(latitude as number) * DEGREE, direction * DEGREE];
  const to = Math.asin(Math.sin(from) * Math.cos(arc) + Math.cos(from) * Math.sin(arc) * Math.cos(turn));
  const east = Math.atan2(
    Math.sin(turn) * Math.sin(arc) * Math.cos(from),
    Math.cos(arc) - Math.sin(from) * Math.sin(to),
  );
  return [(longitude as number) + east / DEGREE, to / DEGREE];
}

/** What a camera sees: a sector, or a disc when it looks all around. */
export function sector(at: Position, direction: number, opening: number, range: number): Polygon {
  const around = opening >= 360;
  const steps = Math.max(6, Math.ceil(opening / 5));
  const first = direction - opening / 2;
  const arc = Array.from({ length: steps + 1 }, (_none, step) => away(at, range, first + (opening * step) / steps));
  const ring = around ? arc : [at, ...arc, at];
  if (around) ring[ring.length - 1] = ring[0] as Position;
  return { type: "Polygon", coordinates: [ring] };
}

/** Twice the signed area of a ring, and its centroid. */
function centroid(ring: readonly Position[]): { area: number; at: Position } {
  let [area, x, y] = [0, 0, 0];
  ring.forEach(([ax = 0, ay = 0], index) => {
    const [bx = 0, by = 0] = ring[index + 1] ?? ring[0] ?? [];
    const cross = ax * by - bx * ay;
    area += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  });
  return { area: Math.abs(area), at: [x / (3 * area), y / (3 * area)] };
}

/** The middle of an area's largest part; null of anything else. */
export function middleOf(geometry: Geometry | null): Position | null {
  if (geometry?.type !== "Polygon" && geometry?.type !== "MultiPolygon") return null;
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const middles = parts.map(([outer = []]) => centroid(outer)).filter(({ area }) => area > 0);
  return middles.sort((a, b) => b.area - a.area)[0]?.at ?? null;
}

export type Box = [west: number, south: number, east: number, north: number];

/** The box around everything; null where there is nothing. */
export function boxOf(features: readonly Feature[]): Box | null {
  const box: Box = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const take = (coordinates: unknown): void => {
    if (!Array.isArray(coordinates)) return;
    const [x, y] = coordinates as number[];
    if (typeof x !== "number" || typeof y !== "number") return coordinates.forEach(take);
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
    return undefined;
  };
  for (const { geometry } of features) if (geometry && "coordinates" in geometry) take(geometry.coordinates);
  return Number.isFinite(box[0]) ? box : null;
}
