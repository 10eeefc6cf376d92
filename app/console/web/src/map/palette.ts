/** The map's colours: those of the page, read from its style sheet. */
import type { Verdict } from "../api/types.ts";

export interface Palette {
  ground: string;
  zone: string;
  zoneLine: string;
  label: string;
  /** Of vector basemaps. */
  green: string;
  water: string;
  building: string;
  way: string;
  coverage: string;
  camera: string;
  accent: string;
  ink: string;
  verdicts: Record<Verdict, string>;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: of("map-ground"),
    zone: of("map-zone"),
    zoneLine: of("map-zone-line"),
    label: of("map-label"),
    green: of("map-green"),
    water: of("map-water"),
    building: of("map-building"),
    way: of("map-way"),
    coverage: of("map-coverage"),
    camera: of("map-camera"),
    accent: of("accent"),
    ink: of("ink"),
    verdicts: {
      unreported: of("unreported"),
      reported: of("reported"),
      pending: of("pending"),
      indeterminate: of("indeterminate"),
      withdrawn: of("withdrawn"),
    },
  };
}
