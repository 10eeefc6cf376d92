/** One way to ask the server: the cookie signs in, a header tells that the console itself asks. */
import { problemOf, type ProblemError } from "./problem.ts";
import type { paths } from "./schema";

type Json<A> = A extends { content: { "application/json": infer Body } } ? Body : never;
type Answered<O> = O extends { responses: infer R }
  ? R extends { 200: infer A }
    ? Json<A>
    : R extends { 201: infer A }
      ? Json<A>
      : never
  : never;
type Body<O> = O extends { requestBody: { content: { "application/json": infer B } } } ? B : undefined;
type With<M extends string> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;
interface Asked {
  /** Values of the path's `{names}`. */
  path?: Record<string, string>;
  query?: Query;
  signal?: AbortSignal;
}

/** Who wants to know that the server does not take the session any more. */
let onSignedOut: (problem: ProblemError) => void = () => undefined;
export function whenSignedOut(listener: typeof onSignedOut): void {
  onSignedOut = listener;
}

export function get<P extends With<"get">>(path: P, asked: Asked = {}): Promise<Answered<paths[P]["get"]>> {
  return ask("GET", addressOf(path, asked), undefined, asked.signal);
}

export function post<P extends With<"post">>(
  path: P,
  body: Body<paths[P]["post"]>,
  asked: Asked = {},
): Promise<Answered<paths[P]["post"]>> {
  return ask("POST", addressOf(path, asked), body, asked.signal);
}

export function patch<P extends With<"patch">>(
  path: P,
  body: Body<paths[P]["patch"]>,
  asked: Asked = {},
): Promise<Answered<paths[P]["patch"]>> {
  return ask("PATCH", addressOf(path, asked), body, asked.signal);
}

/** Ask for an address as it is; what comes is believed to be a `T`. */
export async function ask<T>(method: string, address: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json, application/geo+json;q=0.9" };
  if (method !== "GET") {
    headers["X-Earshot-Console"] = "1";
    // A write that is sent twice, by whatever lies between, is done once.
    if (address.startsWith("/v1/")) headers["Idempotency-Key"] = randomKey();
  }
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, {
    method,
    headers,
    credentials: "same-origin",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  if (!answer.ok) {
    const problem = await problemOf(answer);
    if (problem.status === 401 && address !== "/console/session") onSignedOut(problem);
    throw problem;
  }
  if (answer.status === 204) return undefined as T;
  return (await answer.json()) as T;
}

/** 128 random bits; not `randomUUID`, which browsers keep from pages that came without TLS. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function addressOf(path: string, { path: values = {}, query = {} }: Asked): string {
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(values[name] ?? ""));
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const text = Array.isArray(value) ? value.join(",") : String(value ?? "");
    if (text) parameters.set(name, text);
  }
  const text = parameters.toString();
  return text ? `${filled}?${text}` : filled;
}
