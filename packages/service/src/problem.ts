/** The members of an error answer, RFC 9457. */
export type ProblemDetails = {
  readonly status: number;
  /** The kind of problem in a few words, the same for each of its kind. */
  readonly title: string;
  /** A URI that names the kind; `about:blank` when the status says it all. */
  readonly type?: string;
  /** What happened this time, and what to do. */
  readonly detail?: string;
  /** Members of one's own, like `retriable` or `faults`. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Further headers of the answer, like Retry-After. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** Thrown by a route to answer with an error. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.detail ?? details.title);
    this.details = details;
  }
}

/** The body of `application/problem+json`. */
export function problemBody(details: ProblemDetails): string {
  const { status, title, type = "about:blank", detail, members } = details;
  return JSON.stringify({ ...members, type, title, status, detail });
}
