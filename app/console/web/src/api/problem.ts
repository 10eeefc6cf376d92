/** Errors as the server tells them (RFC 9457), and as the network does. */
export interface FieldProblem {
  pointer: string;
  reason: string;
}

export class ProblemError extends Error {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly fields: FieldProblem[];

  constructor(status: number, type: string, title: string, detail: string, fields: FieldProblem[] = []) {
    super(detail);
    this.name = "ProblemError";
    this.status = status;
    this.type = type;
    this.title = title;
    this.fields = fields;
  }

  /** Whether the session sleeps and only wants the key again. */
  get locked(): boolean {
    return this.status === 401 && this.type.endsWith("locked");
  }
}

/** The problem in an answer that is none of the 2xx; some word for it when the body is no problem document. */
export async function problemOf(answer: Response): Promise<ProblemError> {
  const nothing: Record<string, unknown> = {};
  const body: Record<string, unknown> = await answer.json().catch(() => nothing);
  const text = (value: unknown, otherwise: string) => (typeof value === "string" && value ? value : otherwise);
  return new ProblemError(
    answer.status,
    text(body.type, "about:blank"),
    text(body.title, `The server answered ${answer.status}`),
    text(body.detail, text(body.title, `The server answered ${answer.status} ${answer.statusText}`.trim())),
    Array.isArray(body.errors) ? (body.errors as FieldProblem[]) : [],
  );
}

/** What to show of whatever was thrown: of a refusal also which fields it was about. */
export function inWords(error: unknown): string {
  if (error instanceof ProblemError) return [error.message, ...error.fields.map(({ pointer, reason }) => `${pointer} ${reason}`.trim())].join("; ");
  if (error instanceof TypeError) return "The server cannot be reached.";
  return error instanceof Error ? error.message : String(error);
}

export function wasAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
