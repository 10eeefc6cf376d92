/** Which layers somebody switched off, remembered. */
import { kept } from "../state/kept.ts";
import { SWITCHED } from "./style.ts";

export type LayerName = keyof typeof SWITCHED;
export const LAYER_NAMES = Object.keys(SWITCHED) as LayerName[];

const isNames = (value: unknown): value is LayerName[] =>
  Array.isArray(value) && value.every((name) => LAYER_NAMES.includes(name as LayerName));

export const layersOff = kept<LayerName[]>("layers-off", [], isNames);

export function toggleLayer(name: LayerName): void {
  const off = layersOff.value;
  layersOff.value = off.includes(name) ? off.filter((one) => one !== name) : [...off, name];
}
