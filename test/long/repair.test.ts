import { afterAll, beforeAll, describe, test } from "vitest";

import { doings, mend } from "../contract/support/repair-faults.ts";
import { startRepairStage } from "../contract/support/repair-stage.ts";
import type { RepairStage } from "../contract/support/repair-stage.ts";

describe(
  "the columns mend themselves, on ClickHouse, whatever is done to them",
  { timeout: 60_000 },
  () => {
    let stage: RepairStage;

    beforeAll(async () => {
      stage = await startRepairStage();
    }, 180_000);

    afterAll(() => stage?.close(), 30_000);

    test.each(doings)("it is mended when %s", (what, ...statements) =>
      mend(stage, what, ...statements),
    );
  },
);
