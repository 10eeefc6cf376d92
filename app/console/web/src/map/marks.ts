/** The verdicts' shapes as images for the map, drawn with a rim so that they stand out of each other. */
import type { Listed, Verdict } from "../api/types.ts";
import type { Palette } from "./palette.ts";

const SIZE = 36;
const RATIO = 3;
/** In so many steps a pending ring empties. */
export const RING_STEPS = 12;

type Pen = CanvasRenderingContext2D;

export interface Mark {
  name: string;
  image: ImageData;
  ratio: number;
}

/** Every image that the map needs, for one palette. */
export function drawMarks(palette: Palette): Mark[] {
  const marks: Mark[] = [];
  const add = (name: string, draw: (pen: Pen) => void) => marks.push({ name, image: paint(draw), ratio: RATIO });
  const verdicts = Object.keys(SHAPES) as (keyof typeof SHAPES)[];
  for (const verdict of verdicts) {
    const colour = palette.verdicts[verdict];
    add(verdict, (pen) => SHAPES[verdict](pen, colour, palette.zone));
    add(`${verdict}-review`, (pen) => {
      SHAPES[verdict](pen, colour, palette.zone);
      reviewDot(pen, palette);
    });
  }
  for (let step = 0; step <= RING_STEPS; step++)
    add(`pending-${step}`, (pen) => ring(pen, palette.verdicts.pending, palette.zone, step / RING_STEPS));
  return marks;
}

/** Which image an incident has now; `now` in milliseconds. */
export function markOf(incident: Listed, now: number): string {
  if (incident.verdict === "pending") return `pending-${ringStep(incident, now)}`;
  return incident.needs_review && !incident.disposition ? `${incident.verdict}-review` : incident.verdict;
}

function ringStep(incident: Listed, now: number): number {
  const start = Date.parse(incident.started_at);
  const whole = Date.parse(incident.closes_at) - start;
  const left = (Date.parse(incident.closes_at) - now) / whole;
  return Math.min(RING_STEPS, Math.max(0, Math.ceil(left * RING_STEPS)));
}

function paint(draw: (pen: Pen) => void): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * RATIO;
  const pen = canvas.getContext("2d") as Pen;
  pen.scale(RATIO, RATIO);
  pen.translate(SIZE / 2, SIZE / 2);
  draw(pen);
  return pen.getImageData(0, 0, SIZE * RATIO, SIZE * RATIO);
}

const SHAPES: Record<Exclude<Verdict, "pending">, (pen: Pen, colour: string, rim: string) => void> = {
  unreported(pen, colour, rim) {
    pen.rotate(Math.PI / 4);
    pen.beginPath();
    pen.rect(-9, -9, 18, 18);
    fillWithRim(pen, colour, rim);
    pen.rotate(-Math.PI / 4);
  },
  reported(pen, colour, rim) {
    circle(pen, 9.5);
    fillWithRim(pen, colour, rim);
  },
  indeterminate(pen, colour, rim) {
    pen.beginPath();
    pen.rect(-9, -9, 18, 18);
    fillWithRim(pen, rim, rim);
    hatch(pen, colour);
    pen.lineWidth = 2;
    pen.strokeStyle = colour;
    pen.strokeRect(-9, -9, 18, 18);
  },
  withdrawn(pen, colour, rim) {
    for (const [width, stroke] of [
      [5, rim],
      [2, colour],
    ] as const) {
      circle(pen, 8.5);
      pen.lineWidth = width;
      pen.strokeStyle = stroke;
      pen.stroke();
    }
  },
};

function ring(pen: Pen, colour: string, rim: string, left: number): void {
  circle(pen, 9);
  pen.lineWidth = 8.5;
  pen.strokeStyle = rim;
  pen.stroke();
  pen.lineWidth = 5;
  pen.globalAlpha = 0.28;
  pen.strokeStyle = colour;
  pen.stroke();
  pen.globalAlpha = 1;
  pen.beginPath();
  pen.arc(0, 0, 9, -Math.PI / 2, -Math.PI / 2 + 2 * Math.PI * Math.max(left, 0.02));
  pen.stroke();
}

function circle(pen: Pen, radius: number): void {
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
}

function fillWithRim(pen: Pen, colour: string, rim: string): void {
  pen.lineWidth = 4;
  pen.lineJoin = "round";
  pen.strokeStyle = rim;
  pen.stroke();
  pen.fillStyle = colour;
  pen.fill();
}

function hatch(pen: Pen, colour: string): void {
  pen.save();
  pen.clip();
  pen.lineWidth = 1.8;
  pen.strokeStyle = colour;
  pen.beginPath();
  for (let offset = -18; offset <= 18; offset += 5) {
    pen.moveTo(offset - 9, 9);
    pen.lineTo(offset + 9, -9);
  }
  pen.stroke();
  pen.restore();
}

function reviewDot(pen: Pen, palette: Palette): void {
  pen.beginPath();
  pen.arc(10, -10, 4.5, 0, 2 * Math.PI);
  fillWithRim(pen, palette.accent, palette.zone);
}
