import { setTimeout as sleep } from "node:timers/promises";

/** There is work and nothing moves: the client under the worker has probably gone silent, and a new process is the cure. */
export class Stalled extends Error {
  override readonly name = "Stalled";
}

/** Signs of life of one worker. A turn that worked is one, and so is one that waits for something it knows to be away. */
export type Pulse = {
  beat(): void;
  /** How many there were. */
  count(): number;
};

export function createPulse(): Pulse {
  let beats = 0;
  return {
    beat() {
      beats += 1;
    },
    count: () => beats,
  };
}

/** What the watchdog looks at. */
export type Watched = {
  readonly name: string;
  readonly pulse: Pulse;
  /** Whether there is work before it. Asked only while it is silent; what it throws is a known reason to wait. */
  lag(): Promise<boolean>;
};

export type WatchLimits = {
  /** Milliseconds with work and without a sign of life, from when the work was first seen; 30,000 unless given. */
  readonly silentMsMax?: number;
  /** Milliseconds between two looks; 5,000 unless given. */
  readonly lookMs?: number;
};

/**
 * Rejects with `Stalled` when one of them has work before it and shows no sign of life for too long; resolves when
 * `ending` aborts. One without work is left alone, however long, and so is one whose work nobody can see now.
 */
export async function watch(
  all: readonly Watched[],
  ending: AbortSignal,
  { silentMsMax = 30_000, lookMs = 5_000 }: WatchLimits = {},
): Promise<void> {
  const looks = all.map((watched) => createLook(watched, silentMsMax));
  let before = performance.now();
  while (!ending.aborted) {
    await sleep(lookMs, undefined, { signal: ending }).catch(() => {});
    const now = performance.now();
    // While the whole process stood still, by its own computing or by a signal, no worker was silent.
    const passedMs = Math.min(now - before, 2 * lookMs);
    before = now;
    await Promise.all(looks.map((look) => look(passedMs)));
  }
}

/** Looks once at a worker, which has been watched for so many milliseconds more. */
function createLook(
  { name, pulse, lag }: Watched,
  silentMsMax: number,
): (passedMs: number) => Promise<void> {
  let seen = -1;
  let silentMs = 0;
  let hadLag = false;
  return async (passedMs) => {
    const isSilent = pulse.count() === seen;
    seen = pulse.count();
    const hasLag = isSilent && (await lag().catch(() => false));
    silentMs = hasLag && hadLag ? silentMs + passedMs : 0;
    hadLag = hasLag;
    if (silentMs >= silentMsMax && pulse.count() === seen) {
      const seconds = Math.round(silentMs / 1_000);
      throw new Stalled(`${name} has had work for ${seconds} s and shows no sign of life`);
    }
  };
}

const underWayMs = 2_000;

/**
 * The same object, whose calls are signs of life for as long as they take: for a client that ends each by a time limit of
 * its own, so that waiting for it is waiting knowingly.
 */
export function withSigns<Client extends object>(client: Client, pulse: Pulse): Client {
  return new Proxy(client, {
    get(target, key, receiver) {
      const member: unknown = Reflect.get(target, key, receiver);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        const answer: unknown = Reflect.apply(member, target, given);
        return answer instanceof Promise ? signing(answer, pulse) : answer;
      };
    },
  });
}

async function signing<Answer>(answer: Promise<Answer>, pulse: Pulse): Promise<Answer> {
  pulse.beat();
  const timer = setInterval(() => pulse.beat(), underWayMs);
  try {
    return await answer;
  } finally {
    clearInterval(timer);
    pulse.beat();
  }
}
