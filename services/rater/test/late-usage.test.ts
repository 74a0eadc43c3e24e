import { latePolicy } from "@tallybook/testkit/facts";
import { encode, topics } from "@tallybook/wire";
import { expect, test } from "vitest";

import { keys, openOffice, row } from "./office.ts";
import type { Office } from "./office.ts";

/** Two cuts know more of November, and between them the policy changes; all of them wait for the rater. */
async function corrected(lost?: { at: number; isWritten: boolean }): Promise<Office> {
  const office = await openOffice(keys.privateKey, lost);
  office.use(
    row(0, "c1", "2023-11-16", "1500000"),
    row(1, "c1", "2023-11-18", "500000"),
    row(2, "c1", "2023-11-19", "100000"),
  );
  const write_off_below = [{ currency: "USD", amount: "0.40" }];
  office.tell(topics.catalog, latePolicy({ treatment: "next_invoice", write_off_below }));
  await office.cut(0, "2023-12-02");
  await office.cut(1, "2023-12-03");
  const reason = "from now on all counts";
  office.tell(topics.catalog, latePolicy({ version: 2, treatment: "next_invoice", reason }));
  await office.cut(2, "2023-12-04");
  await office.work();
  return office;
}

test("a cut goes by the policy that it knew, however late it is rated", async () => {
  const office = await corrected();
  const late = office.transactions().filter(({ transaction_kind: kind }) => kind === "adjustment");
  expect(
    late.map(({ postings, evidence: { written_off } }) => [
      postings.map(({ account, amount }) => `${account} ${amount}`),
      written_off?.policy_version,
      written_off?.reason,
    ]),
  ).toEqual([
    [
      ["assets:receivable:c1 0", "expenses:written-off:dev 0.25", "income:usage:dev:input -0.25"],
      1,
      "not worth a stamp",
    ],
    [
      [
        "assets:receivable:c1 0.3",
        "expenses:written-off:dev -0.25",
        "income:usage:dev:input -0.05",
      ],
      2,
      "nothing is written off any more",
    ],
  ]);
});

test("wherever Kafka's answer is lost, the same is written off, once", async () => {
  const bytes = ({ journal }: Office) => journal().map((fact) => encode(fact).toString("hex"));
  const undisturbed = bytes(await corrected());
  for (let lost = 0; lost < 20; lost += 1)
    expect(bytes(await corrected({ at: lost >> 1, isWritten: lost % 2 === 0 }))).toEqual(
      undisturbed,
    );
});
