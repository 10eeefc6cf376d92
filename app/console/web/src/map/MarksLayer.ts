/** The layer of incidents: marks in one draw call, whatever their number, and the spread of those that are near. */
import { type CustomLayerInterface, type Map as MapLibreMap, MercatorCoordinate } from "maplibre-gl";
import { type Marks, markAt, spreadsIn, VERDICT_NUMBERS, type View } from "./marks.ts";
import type { Palette } from "./palette.ts";
import { type Program, program } from "./program.ts";
import { FLOATS_A_MARK, MARK_FRAGMENT, MARK_VERTEX, SPREAD_FRAGMENT, SPREAD_VERTEX } from "./shaders.ts";

/** Farther away the spread would be smaller than the mark. */
const SPREAD_FROM_ZOOM = 13;
const RADIUS_PX = 11;
const BYTES = 4;

export class MarksLayer implements CustomLayerInterface {
  readonly id = "incidents";
  readonly type = "custom";
  private readonly palette: Palette;
  private readonly rootScale: number;
  private map: MapLibreMap | null = null;
  private gl: WebGL2RenderingContext | null = null;
  private buffer: WebGLBuffer | null = null;
  private spreads: WebGLBuffer | null = null;
  private marksProgram: Program | null = null;
  private spreadProgram: Program | null = null;
  private marks: Marks = { ids: [], numbers: new Float32Array(), origin: [0.5, 0.5], crowd: 1 };

  constructor(palette: Palette, rootScale: number) {
    this.palette = palette;
    this.rootScale = rootScale;
  }

  onAdd(map: MapLibreMap, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.gl = gl;
    this.buffer = gl.createBuffer();
    this.spreads = gl.createBuffer();
    const fields = { a_place: 2, a_kind: 1, a_size: 1, a_left: 1, a_spread: 1 };
    const stride = FLOATS_A_MARK * BYTES;
    this.marksProgram = program(gl, MARK_VERTEX, MARK_FRAGMENT, this.buffer, fields, stride, "point");
    this.spreadProgram = program(gl, SPREAD_VERTEX, SPREAD_FRAGMENT, this.spreads, fields, stride, "square");
    this.set(this.marks);
  }

  /** Show these from the next frame on. */
  set(marks: Marks): void {
    this.marks = marks;
    if (!this.gl || !this.map) return;
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.buffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, marks.numbers, this.gl.DYNAMIC_DRAW);
    this.map.triggerRepaint();
  }

  /** The incident at a point of the map in pixels. */
  at(x: number, y: number): string | null {
    return this.map ? markAt(this.marks, this.view(this.map), x, y) : null;
  }

  render(gl: WebGL2RenderingContext): void {
    const { map, marks } = this;
    if (!map || !marks.ids.length) return;
    const view = this.view(map);
    const strength = Math.min(1, map.getZoom() - SPREAD_FROM_ZOOM);
    if (strength > 0 && this.spreadProgram) {
      const near = spreadsIn(marks, view);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.spreads);
      gl.bufferData(gl.ARRAY_BUFFER, near, gl.STREAM_DRAW);
      this.use(gl, this.spreadProgram, view);
      gl.uniform1f(this.spreadProgram.at("u_strength"), strength);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, near.length / FLOATS_A_MARK);
    }
    if (this.marksProgram) {
      this.use(gl, this.marksProgram, view);
      gl.uniform1f(this.marksProgram.at("u_radius"), view.radius * marks.crowd);
      gl.uniform1f(this.marksProgram.at("u_ratio"), map.getPixelRatio());
      gl.uniform3fv(this.marksProgram.at("u_rim"), rgb(this.palette.zone));
      gl.uniform3fv(this.marksProgram.at("u_review"), rgb(this.palette.accent));
      gl.drawArrays(gl.POINTS, 0, marks.ids.length);
    }
    gl.bindVertexArray(null);
  }

  onRemove(_map: MapLibreMap, gl: WebGL2RenderingContext): void {
    gl.deleteBuffer(this.buffer);
    gl.deleteBuffer(this.spreads);
    this.marksProgram?.remove();
    this.spreadProgram?.remove();
    this.map = this.gl = null;
  }

  private use(gl: WebGL2RenderingContext, { handle, vertices, at }: Program, view: View): void {
    const { origin } = this.marks;
    gl.useProgram(handle);
    gl.bindVertexArray(vertices);
    gl.uniform2f(at("u_centre"), view.centre[0] - origin[0], view.centre[1] - origin[1]);
    gl.uniform1f(at("u_scale"), view.scale);
    gl.uniform2f(at("u_view"), view.width, view.height);
    gl.uniform3fv(at("u_colours"), this.colours());
  }

  private colours(): number[] {
    const colours: number[] = [];
    for (const [verdict, number] of Object.entries(VERDICT_NUMBERS))
      rgb(this.palette.verdicts[verdict as keyof typeof VERDICT_NUMBERS]).forEach((part, index) => {
        colours[number * 3 + index] = part;
      });
    return colours;
  }

  /** The map is never turned or tilted, so a place is a shift and a scale away from its pixel. */
  private view(map: MapLibreMap): View {
    const { x, y } = MercatorCoordinate.fromLngLat(map.getCenter());
    const zoom = map.getZoom();
    const canvas = map.getCanvas();
    const nearness = Math.min(1, Math.max(0.45, 0.45 + (zoom - 8) * 0.07));
    return {
      centre: [x, y],
      scale: 512 * 2 ** zoom,
      width: canvas.clientWidth,
      height: canvas.clientHeight,
      radius: RADIUS_PX * nearness * this.rootScale,
    };
  }
}

/** `#rrggbb`, or `#rgb` as builds shorten it, as three parts of 1. */
function rgb(hex: string): number[] {
  const digits = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit) : hex.slice(1).match(/../g);
  return (digits ?? []).map((part) => Number.parseInt(part, 16) / 255);
}
