import { expect, test } from "vitest";

import { isSendable } from "../src/backfill.ts";
import { whyText } from "../src/why.ts";

test("a file is put right before anything of it is sent; what was refused cannot be, and the rest of it goes", () => {
  const counts = { new: 2, duplicate: 1, conflict: 1, outside: 0 };
  const unfit = [{ line: 3, detail: "it is longer than what is kept of it" }];
  const of = (isFile: boolean) => [
    isSendable(counts, [], { isFile }),
    isSendable(counts, unfit, { isFile }),
    isSendable({ ...counts, outside: 1 }, [], { isFile }),
    isSendable({ ...counts, new: 0 }, [], { isFile }),
  ];
  expect(of(true)).toEqual([true, false, false, false]);
  expect(of(false)).toEqual([true, true, true, false]);
});

test("of an event that came by a backfill its name is told", () => {
  const identity = { kind: "event", tenant: "default", source: "", id: "a" } as const;
  const record = { partition: 1, offset: 7, customer: "c", type: "llm", time: null, cut: 3 };
  const records = [{ ...record, backfill: "june", answers: [] }];
  expect(whyText({ ...identity, records })[0]).toBe(
    "event a, partition 1, offset 7, cut 3, by the backfill june",
  );
});
