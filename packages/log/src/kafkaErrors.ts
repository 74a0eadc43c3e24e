import { Fenced, LogUnavailable, OffsetBeyondEnd } from "./log.ts";

const fencing = new Set([
  "INVALID_PRODUCER_EPOCH",
  "PRODUCER_FENCED",
  "INVALID_PRODUCER_ID_MAPPING",
]);

/** What an error of kafkajs means to its caller. Anything that is not known to be final may pass. */
export function asLogError(error: unknown, doing: string): Error {
  if (
    error instanceof Fenced ||
    error instanceof LogUnavailable ||
    error instanceof OffsetBeyondEnd
  )
    return error;
  const { type, message, cause } = rootOf(error);
  if (type !== undefined && fencing.has(type)) return new Fenced(`${doing}: ${message}`, { cause });
  if (type === "OFFSET_OUT_OF_RANGE") return new OffsetBeyondEnd(`${doing}: ${message}`, { cause });
  return new LogUnavailable(`${doing}: ${message}`, { cause });
}

// kafkajs wraps what it retried in an error of its own.
function rootOf(error: unknown): { type: string | undefined; message: string; cause: unknown } {
  let root = error as {
    type?: string;
    name?: string;
    message?: string;
    cause?: unknown;
    originalError?: unknown;
  };
  for (let depth = 0; depth < 5; depth += 1) {
    const inner = (root.originalError ?? root.cause) as typeof root | undefined;
    if (inner === undefined || inner === null || root.type !== undefined) break;
    root = inner;
  }
  return { type: root.type, message: root.message ?? String(error), cause: error };
}
