/** What is tried again and again, by name: after some attempts in vain it is left alone for a while. */
export interface Attempts {
  /**
   * What to do now: `try`, which counts as one more; `give up`, once, when all of them were in vain and a rest begins; or
   * `rest`. After the rest all attempts are there again.
   */
  next(name: string): "try" | "give up" | "rest";
  /** Another difference of the same thing has all attempts again, at once. */
  helped(name: string): void;
  /** It rests for good. */
  abandon(name: string): void;
  isAbandoned(name: string): boolean;
}

const attemptsMax = 3;

export function createAttempts({
  now,
  restMs,
}: {
  /** Milliseconds of any clock that goes forward. */
  readonly now: () => number;
  readonly restMs: number;
}): Attempts {
  const attempts = new Map<string, number>();
  const restingUntil = new Map<string, number>();
  return {
    next(name) {
      if (now() < (restingUntil.get(name) ?? 0)) return "rest";
      const attempt = (attempts.get(name) ?? 0) + 1;
      if (attempt <= attemptsMax) {
        attempts.set(name, attempt);
        return "try";
      }
      attempts.delete(name);
      restingUntil.set(name, now() + restMs);
      return "give up";
    },
    helped(name) {
      attempts.delete(name);
      restingUntil.delete(name);
    },
    abandon(name) {
      attempts.delete(name);
      restingUntil.set(name, Infinity);
    },
    isAbandoned: (name) => restingUntil.get(name) === Infinity,
  };
}
