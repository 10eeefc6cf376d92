/** Incidents as numbers for the graphics card, and which of them is at a point. */
import { MercatorCoordinate } from "maplibre-gl";
import type { Listed, Verdict } from "../api/types.ts";
import { FLOATS_A_MARK, REVIEW, SETTLED } from "./shaders.ts";

/** The numbers of the shapes in the shader. */
export const VERDICT_NUMBERS: Record<Verdict, number> = {
  unreported: 0,
  pending: 1,
  reported: 2,
  indeterminate: 3,
  withdrawn: 4,
};
/** What lies under what: what nobody reported is never hidden. */
const FROM_BELOW: Verdict[] = ["withdrawn", "indeterminate", "reported", "pending", "unreported"];
/** Among thousands each is drawn smaller. */
const CROWDS: [count: number, factor: number][] = [
  [12_000, 0.6],
  [4_000, 0.75],
  [1_000, 0.9],
];
/** Nearer than this the pointer means it, however small it is. */
const EASY_PX = 7;

export interface Marks {
  ids: string[];
  numbers: Float32Array;
  /** What places are told from, in Mercator's unit: whole places have too many digits for the card. */
  origin: [x: number, y: number];
  crowd: number;
}

/** How the map lies: its middle in Mercator's unit, pixels to that unit, its size in pixels. */
export interface View {
  centre: [x: number, y: number];
  scale: number;
  width: number;
  height: number;
  radius: number;
}

/** Where an incident lies, kept with it: a change of one must not mean reckoning all anew. */
interface Place {
  x: number;
  y: number;
  metre: number;
}
const places = new WeakMap<Listed, Place>();

function placeOf(incident: Listed): Place {
  let place = places.get(incident);
  if (!place) {
    const at = MercatorCoordinate.fromLngLat([incident.longitude as number, incident.latitude as number]);
    place = { x: at.x, y: at.y, metre: at.meterInMercatorCoordinateUnits() };
    places.set(incident, place);
  }
  return place;
}

export function marksOf(incidents: Iterable<Listed>, now: number): Marks {
  const layers: Record<Verdict, Listed[]> = { withdrawn: [], indeterminate: [], reported: [], pending: [], unreported: [] };
  let count = 0;
  for (const incident of incidents) {
    if (incident.longitude === null || incident.latitude === null) continue;
    layers[incident.verdict].push(incident);
    count += 1;
  }
  const ids: string[] = [];
  const numbers = new Float32Array(count * FLOATS_A_MARK);
  let origin: Marks["origin"] | null = null;
  for (const verdict of FROM_BELOW)
    for (const incident of layers[verdict]) {
      const place = placeOf(incident);
      origin ??= [place.x, place.y];
      const at = ids.length * FLOATS_A_MARK;
      numbers[at] = place.x - origin[0];
      numbers[at + 1] = place.y - origin[1];
      numbers[at + 2] = kindOf(incident);
      numbers[at + 3] = sizeOf(incident.rounds);
      numbers[at + 4] = verdict === "pending" ? leftOf(incident, now) : 1;
      numbers[at + 5] = (incident.uncertainty_m ?? 0) * place.metre;
      ids.push(incident.id);
    }
  const crowd = CROWDS.find(([least]) => count >= least)?.[1] ?? 1;
  return { ids, numbers, origin: origin ?? [0.5, 0.5], crowd };
}

/** So many standard deviations hold 95 of 100, in two dimensions. */
const MOST_95 = 2.45;

/** The records of those whose spread is in view and larger than their mark. */
export function spreadsIn({ numbers, origin, crowd }: Marks, view: View): Float32Array {
  const [middleX, middleY] = [view.centre[0] - origin[0], view.centre[1] - origin[1]];
  const found: number[] = [];
  for (let at = 0; at < numbers.length; at += FLOATS_A_MARK) {
    const reach = (numbers[at + 5] as number) * view.scale * MOST_95;
    if (reach < view.radius * crowd * (numbers[at + 3] as number)) continue;
    const x = Math.abs((numbers[at] as number) - middleX) * view.scale - reach;
    const y = Math.abs((numbers[at + 1] as number) - middleY) * view.scale - reach;
    if (x > view.width / 2 || y > view.height / 2) continue;
    for (let field = 0; field < FLOATS_A_MARK; field++) found.push(numbers[at + field] as number);
  }
  return new Float32Array(found);
}

function kindOf(incident: Listed): number {
  const settled = incident.disposition !== null;
  const review = incident.needs_review && !settled;
  return VERDICT_NUMBERS[incident.verdict] + (review ? REVIEW : 0) + (settled ? SETTLED : 0);
}

/** One round 0.62, five 0.82, forty 1.5: differences of few rounds can be seen, many do not cover the city. */
function sizeOf(rounds: number | null): number {
  return Math.min(1.6, 0.5 + 0.16 * Math.sqrt(rounds ?? 1));
}

function leftOf(incident: Listed, now: number): number {
  const closes = Date.parse(incident.closes_at);
  return Math.min(1, Math.max(0, (closes - now) / (closes - Date.parse(incident.started_at))));
}

/** The topmost mark at a point of the map in pixels. */
export function markAt(marks: Marks, view: View, x: number, y: number): string | null {
  const { numbers, origin } = marks;
  const wantedX = (x - view.width / 2) / view.scale + view.centre[0] - origin[0];
  const wantedY = (y - view.height / 2) / view.scale + view.centre[1] - origin[1];
  for (let mark = marks.ids.length - 1; mark >= 0; mark--) {
    const at = mark * FLOATS_A_MARK;
    const reach = Math.max(EASY_PX, view.radius * marks.crowd * (numbers[at + 3] as number)) / view.scale;
    const dx = (numbers[at] as number) - wantedX;
    const dy = (numbers[at + 1] as number) - wantedY;
    if (dx * dx + dy * dy <= reach * reach) return marks.ids[mark] as string;
  }
  return null;
}
