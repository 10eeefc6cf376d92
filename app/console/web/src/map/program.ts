/** A program for the graphics card that draws one point, or one square, for each record of a buffer. */
export interface Program {
  handle: WebGLProgram;
  vertices: WebGLVertexArrayObject;
  /** Where a uniform is. */
  at: (uniform: string) => WebGLUniformLocation | null;
  remove: () => void;
}

const CORNERS = new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]);

/** `fields` are the floats of a record, in their order. A square's corners are `a_corner`. Throws where the card does not take it. */
export function program(
  gl: WebGL2RenderingContext,
  vertex: string,
  fragment: string,
  records: WebGLBuffer | null,
  fields: Record<string, number>,
  stride: number,
  each: "point" | "square",
): Program {
  const handle = gl.createProgram();
  gl.attachShader(handle, shader(gl, gl.VERTEX_SHADER, vertex));
  gl.attachShader(handle, shader(gl, gl.FRAGMENT_SHADER, fragment));
  gl.linkProgram(handle);
  if (!gl.getProgramParameter(handle, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(handle) ?? "no program");
  const vertices = gl.createVertexArray();
  const corners = gl.createBuffer();
  gl.bindVertexArray(vertices);
  gl.bindBuffer(gl.ARRAY_BUFFER, corners);
  gl.bufferData(gl.ARRAY_BUFFER, CORNERS, gl.STATIC_DRAW);
  if (each === "square") field(gl, handle, "a_corner", 2, 8, 0, 0);
  gl.bindBuffer(gl.ARRAY_BUFFER, records);
  let offset = 0;
  for (const [name, floats] of Object.entries(fields)) {
    field(gl, handle, name, floats, stride, offset, each === "square" ? 1 : 0);
    offset += floats * 4;
  }
  gl.bindVertexArray(null);
  const known = new Map<string, WebGLUniformLocation | null>();
  return {
    handle,
    vertices,
    at(uniform) {
      if (!known.has(uniform)) known.set(uniform, gl.getUniformLocation(handle, uniform));
      return known.get(uniform) ?? null;
    },
    remove() {
      gl.deleteVertexArray(vertices);
      gl.deleteBuffer(corners);
      gl.deleteProgram(handle);
    },
  };
}

function shader(gl: WebGL2RenderingContext, kind: GLenum, source: string): WebGLShader {
  const made = gl.createShader(kind) as WebGLShader;
  gl.shaderSource(made, source);
  gl.compileShader(made);
  if (!gl.getShaderParameter(made, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(made) ?? "no shader");
  return made;
}

/** One field of the records; a program that does not read it does without. */
function field(
  gl: WebGL2RenderingContext,
  handle: WebGLProgram,
  name: string,
  floats: number,
  stride: number,
  offset: number,
  divisor: number,
): void {
  const at = gl.getAttribLocation(handle, name);
  if (at < 0) return;
  gl.enableVertexAttribArray(at);
  gl.vertexAttribPointer(at, floats, gl.FLOAT, false, stride, offset);
  gl.vertexAttribDivisor(at, divisor);
}
