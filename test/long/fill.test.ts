import { afterAll, beforeAll, describe, test } from "vitest";

import {
  crashes,
  dieAt,
  doings,
  meanwhile,
  mend,
  mendMeanwhile,
} from "../contract/support/fill-faults.ts";
import { startFillStage } from "../contract/support/fill-stage.ts";
import type { FillStage } from "../contract/support/fill-stage.ts";

describe(
  "the history of a meter is filled, whatever dies and whatever is done to it",
  { timeout: 60_000 },
  () => {
    let stage: FillStage;

    beforeAll(async () => {
      stage = await startFillStage();
    }, 180_000);

    afterAll(() => stage?.close(), 30_000);

    test.each(crashes)("a process that dies at %s, for the %s. time", (point, hits) =>
      dieAt(stage, point, hits),
    );

    test.each(doings)("it is there again when %s", (_what, doing) => mend(stage, doing));

    test.each(meanwhile)("a part is made again, and then filled, when %s", (_what, doing) =>
      mendMeanwhile(stage, doing),
    );
  },
);
