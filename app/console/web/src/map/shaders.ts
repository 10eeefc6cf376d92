/** The verdicts' shapes, drawn by the graphics card: sharp at any size, thousands at once. */

// Marks are points, not squares of two triangles: where software draws, that is six times as quick.

/** Instance attributes, in this order: place (2), kind, size, what is left of the window, spread. */
export const FLOATS_A_MARK = 6;
/** Added to the verdict's number. */
export const REVIEW = 8;
export const SETTLED = 16;
/** Half the side of the square in which a mark is drawn, in radii, with its widest rim: a diamond's, and that of others. */
const DIAMOND_ROOM = "1.45";
const ROOM = "1.24";

export const MARK_VERTEX = `#version 300 es
uniform vec2 u_centre;      // middle of the view, from the origin, in Mercator's unit
uniform float u_scale;      // pixels to Mercator's unit
uniform vec2 u_view;        // width and height in pixels
uniform float u_radius;     // pixels of a mark of size 1
uniform float u_ratio;      // pixels of the screen to one of the page
in vec2 a_place;
in float a_kind;
in float a_size;
in float a_left;
flat out float v_kind;
flat out float v_left;
flat out float v_radius;
flat out float v_room;
void main() {
  v_kind = a_kind;
  v_left = a_left;
  v_radius = u_radius * a_size;
  v_room = (int(a_kind + 0.5) % 8 == 0 ? ${DIAMOND_ROOM} : ${ROOM}) + 1.0 / (v_radius * u_ratio);
  vec2 pixel = (a_place - u_centre) * u_scale;
  gl_Position = vec4(pixel / (u_view * 0.5) * vec2(1.0, -1.0), 0.0, 1.0);
  gl_PointSize = 2.0 * v_room * v_radius * u_ratio;
}`;

export const MARK_FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_colours[5];
uniform vec3 u_rim;
uniform vec3 u_review;
uniform float u_ratio;
flat in float v_kind;
flat in float v_left;
flat in float v_radius;
flat in float v_room;
out vec4 colour;
const float TURN = 6.28318531;
float diamond(vec2 p) { return (abs(p.x) + abs(p.y) - 1.12) * 0.70710678; }
float disc(vec2 p) { return length(p) - 0.9; }
float ring(vec2 p, float radius, float half_width) { return abs(length(p) - radius) - half_width; }
float square(vec2 p) { return max(abs(p.x), abs(p.y)) - 0.8; }
void main() {
  vec2 at = (gl_PointCoord * 2.0 - 1.0) * v_room;
  int flags = int(v_kind + 0.5);
  int verdict = flags % 8;
  bool review = (flags / ${REVIEW}) % 2 == 1;
  bool settled = flags >= ${SETTLED};
  float soft = 1.0 / (v_radius * u_ratio);
  float shape;      // distance to the outer edge, negative inside
  float ink = 1.0;  // how much of the colour is there inside
  if (verdict == 0) shape = diamond(at);
  else if (verdict == 1) {
    shape = ring(at, 0.72, 0.28);
    float turn = fract(atan(at.x, -at.y) / TURN + 1.0);
    ink = turn < v_left ? 1.0 : 0.3;
  } else if (verdict == 2) shape = disc(at);
  else if (verdict == 3) {
    shape = square(at);
    float stripe = abs(fract((at.x + at.y) * 1.5) - 0.5);
    float border = shape + 0.2;
    ink = max(smoothstep(-soft, soft, border), smoothstep(0.28, 0.34, stripe));
  } else shape = ring(at, 0.74, 0.13);
  float inside = 1.0 - smoothstep(-soft, soft, shape);
  float rim = 1.0 - smoothstep(-soft, soft, shape - (review ? 0.22 : 0.18));
  vec3 edge = review ? u_review : u_rim;
  vec3 body = mix(u_rim, u_colours[verdict], ink);
  float alpha = rim * (settled ? 0.5 : 1.0);
  colour = vec4(mix(edge, body, inside) * alpha, alpha);
}`;

export const SPREAD_VERTEX = `#version 300 es
uniform vec2 u_centre;
uniform float u_scale;
uniform vec2 u_view;
in vec2 a_corner;
in vec2 a_place;
in float a_kind;
in float a_spread;          // one standard deviation in Mercator's unit
out vec2 v_pixel;
flat out float v_kind;
flat out float v_sigma;
void main() {
  v_kind = a_kind;
  v_sigma = a_spread * u_scale;
  v_pixel = a_corner * (v_sigma * 2.45 + 2.0);
  vec2 pixel = (a_place - u_centre) * u_scale + v_pixel;
  gl_Position = vec4(pixel / (u_view * 0.5) * vec2(1.0, -1.0), 0.0, 1.0);
}`;

/** One standard deviation as a disc, 95 of 100 (2.45 of them, in two dimensions) as a line. */
export const SPREAD_FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 u_colours[5];
uniform float u_strength;
in vec2 v_pixel;
flat in float v_kind;
flat in float v_sigma;
out vec4 colour;
void main() {
  float away = length(v_pixel);
  float disc = 0.16 * (1.0 - smoothstep(v_sigma - 0.7, v_sigma + 0.7, away));
  float line = 0.6 * (1.0 - smoothstep(0.4, 1.2, abs(away - v_sigma * 2.45)));
  float alpha = max(disc, line) * u_strength * step(0.5, v_sigma);
  colour = vec4(u_colours[int(v_kind + 0.5) % 8] * alpha, alpha);
}`;
