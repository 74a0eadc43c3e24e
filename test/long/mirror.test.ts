import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { dieAt, doings, mend, points } from "../contract/support/mirror-faults.ts";
import { startMirrorStage } from "../contract/support/mirror-stage.ts";
import type { MirrorStage } from "../contract/support/mirror-stage.ts";

describe("topics are mirrored into ClickHouse exactly once, whatever is done to them", () => {
  let stage: MirrorStage;

  beforeAll(async () => {
    stage = await startMirrorStage();
    await stage.append(230);
    await stage.untilRest();
  }, 120_000);

  afterAll(async () => {
    await stage?.close();
  }, 30_000);

  test.each(points)(
    "a death at %s, whichever time it comes there",
    { timeout: 600_000 },
    async (point) => {
      expect(await dieAt(stage, point, 1)).toBe(true);
      for (let hit = 2; hit <= 5 && (await dieAt(stage, point, hit)); hit += 1);
    },
  );

  test.each(doings)(
    "%s: it is as the log says again",
    { timeout: 120_000 },
    (_what, ...statements) => mend(stage, statements),
  );
});
