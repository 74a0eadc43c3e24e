/** Why something that was asked of credits is refused. */
export interface Fault {
  /** What is wrong, such as `expires_at` or `grant`. */
  readonly field: string;
  /** A code in snake_case. */
  readonly reason: string;
  /** A sentence: which grant, what is wrong and what to do. */
  readonly detail: string;
}

/** An expected refusal, as a value. */
export interface Refusal {
  readonly ok: false;
  readonly fault: Fault;
}

export function refusal(field: string, reason: string, detail: string): Refusal {
  return { ok: false, fault: { field, reason, detail } };
}
