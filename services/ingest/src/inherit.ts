import { existsSync } from "node:fs";
import type { Producer } from "@tallybook/log";
import type { Logger } from "@tallybook/service";
import { createKeeping } from "./keeping.ts";
import { createRecovery } from "./recover.ts";
import { openSpoolFiles } from "./spool/files.ts";
import { lockFolder } from "./spool/lock.ts";
import { openSpool, type Spool, type SpoolState } from "./spool/spool.ts";

/** The spool of an ingest that is no more. */
export interface Inherited extends AsyncDisposable {
  readonly folder: string;
  readonly state: Spool["state"];
}

/**
 * Takes the spool of an ingest that is no more, and brings what it holds to Kafka; nothing is added to it. Throws where
 * there is no such folder, and where that ingest still runs.
 */
export async function inherit(
  folder: string,
  given: {
    readonly logger: Logger;
    readonly openProducer: () => Promise<Producer>;
    readonly onFailure: (error: unknown) => void;
  },
): Promise<Inherited> {
  if (!existsSync(folder))
    throw new Error(`SPOOLS_INHERITED names ${folder}, which is not there: name the folder itself`);
  await using opened = new AsyncDisposableStack();
  const files = openSpoolFiles(folder);
  opened.adopt(await lockFolder(folder), (unlock) => unlock());
  const keeping = createKeeping(given.logger, folder);
  const spool = opened.adopt(
    await openSpool({ files, bytesMax: 0, now: Date.now, ...keeping }),
    (it) => it.close(),
  );
  const recovery = opened.adopt(
    createRecovery({
      ...given,
      spool,
      isAway: () => false,
      onBack: () => {},
      onDrained: keeping.onDrained,
    }),
    (it) => it.close(),
  );
  if (spool.state().records > 0) recovery.begin([]);
  const closing = opened.move();
  return { folder, state: spool.state, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

/** Several spools as one, to whoever counts. */
export function allOf(spools: readonly Pick<Spool, "state">[]): Pick<Spool, "state"> {
  return {
    state() {
      const states = spools.map((spool) => spool.state());
      const sum = (size: (state: SpoolState) => number): number =>
        states.reduce((total, state) => total + size(state), 0);
      const begun = states.flatMap(({ since }) => since ?? []);
      return {
        records: sum(({ records }) => records),
        bytes: sum(({ bytes }) => bytes),
        since: begun.length === 0 ? null : Math.min(...begun),
        damages: states.flatMap(({ damages }) => damages),
        failing: states.find(({ failing }) => failing !== null)?.failing ?? null,
      };
    },
  };
}
