import type { Mirror } from "@tallybook/columns";

/** The names that analysts look up, kept as new as the mirrored catalog. */
export interface TendedNames {
  /** Facts of the catalog have come, or were made again. */
  outdated(): void;
  /** Notices where somebody dropped one. */
  look(): Promise<void>;
  /** Reads them again, where that is due. */
  turn(): Promise<void>;
}

/** What fails is told once, and tried again until it does not: nobody waits for names. */
export function tendNames(options: {
  readonly mirror: Pick<Mirror, "makeNames" | "reloadNames" | "hasNames">;
  readonly now: () => number;
  /** Milliseconds at least from one reading to the next. */
  readonly everyMs: number;
  readonly failed: (error: Error) => void;
}): TendedNames {
  const { mirror, now, everyMs, failed } = options;
  let isMade = false;
  // Whoever was here before may have died between the facts and the names.
  let isDue = true;
  let notBefore = -Infinity;
  let told = "";
  return {
    outdated() {
      isDue = true;
    },
    async look() {
      if (!isMade || (await mirror.hasNames())) return;
      isMade = false;
      isDue = true;
    },
    async turn() {
      if (!isDue || now() < notBefore) return;
      try {
        await (isMade ? mirror.reloadNames() : mirror.makeNames());
        [isMade, isDue, told] = [true, false, ""];
      } catch (error) {
        isMade = false;
        const { message } = error as Error;
        if (message !== told) failed(error as Error);
        told = message;
      }
      notBefore = now() + everyMs;
    },
  };
}
