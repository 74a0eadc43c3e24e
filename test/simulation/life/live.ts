import type { MemoryLog } from "@tallybook/log";

import { createFaultyLog } from "../faultyLog.ts";
import type { MemoryColumns } from "../memoryColumns.ts";
import { Crash, stepAt, stepZombie, takeOver } from "../places.ts";
import { createRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { openHouse } from "./house.ts";
import type { Attempt, House } from "./house.ts";
import type { Answered, Done } from "./operations.ts";
import { nextOperation } from "./people.ts";
import type { Ordered } from "./people.ts";

export interface LiveOptions {
  readonly log: MemoryLog;
  readonly columns: MemoryColumns;
  readonly seed: number;
  readonly tenants: readonly string[];
  readonly workers: number;
  /** Of each worker. */
  readonly operations: number;
  /** How many cuts they see pass, about. */
  readonly cuts: number;
  /** How likely a process dies at a fail point. */
  readonly crashChance: number;
}

export interface Lived {
  readonly house: House;
  readonly done: readonly Done[];
  /** How often a fail point was a process's end, with the order that it worked on: `invoicer.decided record_payment`. */
  readonly crashes: ReadonlyMap<string, number>;
  readonly takeovers: number;
}

interface Worker {
  readonly name: string;
  asked: number;
  operation: Ordered | undefined;
  sent: number;
  attempt: Attempt | undefined;
}

/** Seconds of the deployment's clock between two steps. */
const stepMicros = 7_000_000;

/**
 * Workers ask for this and that at once, each for one thing after the other, while the processes of rater and invoicer die, are taken over,
 * and do not hear what Kafka answers; who is not answered asks again for the same. Then calm, until everything is answered and posted.
 */
export async function live(options: LiveOptions): Promise<Lived> {
  const { log, columns, seed, tenants, workers: count, operations, crashChance } = options;
  const random = createRandom(seed);
  const crashes = new Map<string, number>();
  let [calm, takeovers, ticks] = [false, 0, 0];
  const house = await openHouse({
    log: createFaultyLog(log, random, () => !calm && random.chance(crashChance * 10)),
    memory: log,
    columns,
    now: (lastCut) => lastCut + ticks * stepMicros,
    reached(point, during) {
      if (calm || !random.chance(crashChance)) return;
      const name = during === "" ? point : `${point} ${during}`;
      crashes.set(name, (crashes.get(name) ?? 0) + 1);
      throw new Crash(point);
    },
  });
  const workers = Array.from({ length: count }, (_, nth): Worker => ({
    name: `w${nth}`,
    asked: 0,
    operation: undefined,
    sent: 0,
    attempt: undefined,
  }));
  const done: Done[] = [];
  const places = [house.rater, house.invoicer] as const;
  const cutEvery = Math.ceil((count * operations) / options.cuts);
  let cutAt = 0;

  async function act(worker: Worker): Promise<void> {
    const { attempt } = worker;
    if (attempt?.answer !== undefined) {
      heard(worker, attempt.answer);
      return;
    }
    // The process is gone, or the worker itself was: it knows what it wanted, and nothing else.
    if (attempt?.isLost === true || (attempt !== undefined && !calm && random.chance(0.01)))
      worker.attempt = undefined;
    if (worker.attempt !== undefined) return;
    if (worker.operation === undefined) want(worker, random);
    if (worker.operation === undefined) return;
    worker.attempt = await house.ask(worker.operation);
    if (worker.attempt !== undefined) worker.sent += 1;
  }

  function want(worker: Worker, by: Random): void {
    if (worker.asked >= operations) return;
    const person = { random: by, tenants, name: worker.name };
    worker.operation = nextOperation(person, house.archive(), worker.asked);
    if (worker.operation === undefined) return;
    worker.asked += 1;
    worker.sent = 0;
  }

  function heard(worker: Worker, answer: Answered): void {
    worker.attempt = undefined;
    if (answer.status === 503 || worker.operation === undefined) return;
    done.push({ operation: worker.operation, answer, sent: worker.sent });
    worker.operation = undefined;
  }

  async function stepPlace(place: (typeof places)[number]): Promise<boolean> {
    const outcome = await stepAt(place);
    await house.settled();
    return outcome !== "idle";
  }

  const isBusy = ({ asked, operation }: Worker) => asked < operations || operation !== undefined;
  for (let idle = 0; workers.some(isBusy); ticks += 1) {
    const before = done.length;
    if (done.length >= cutAt) {
      house.showCut();
      cutAt += cutEvery;
    }
    for (let nth = random.below(4); nth >= 0; nth -= 1) await act(random.pick(workers));
    if (random.chance(0.8)) await stepPlace(house.invoicer);
    if (random.chance(0.3)) await stepPlace(house.rater);
    for (const place of places) {
      if (random.chance(crashChance / 2) && takeOver(place)) takeovers += 1;
      if (place.zombies.length > 0 && random.chance(0.3)) await stepZombie(place);
    }
    idle = done.length === before ? idle + 1 : 0;
    // Before the first invoices there is nothing to do anything to.
    if (idle % 200 === 199) house.showCut();
    if (idle > 20_000) throw new Error(`seed ${seed}: nobody is answered any more`);
  }

  calm = true;
  while (house.showCut());
  for (let idle = 0, turns = 0; idle < 3; turns += 1) {
    if (turns > 100_000) throw new Error(`seed ${seed}: never comes to rest`);
    let worked = false;
    for (const place of places) worked = (await stepPlace(place)) || worked;
    idle = worked ? 0 : idle + 1;
  }
  return { house, done, crashes, takeovers };
}
