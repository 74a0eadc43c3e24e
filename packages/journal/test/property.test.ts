import {
  BrokenJournal,
  emptyLedger,
  evolveLedger,
  isHeadSigned,
  ratedPeriods,
  remainderOf,
  sealStep,
  signHead,
  tailOf,
  transactionBytes,
} from "@tallybook/journal";
import type { Ledger, TransactionPosted } from "@tallybook/journal";
import { add, decimal, isZero, sum, toText } from "@tallybook/money";
import type { UsageRow } from "@tallybook/usage";
import fc from "fast-check";
import { generateKeyPairSync } from "node:crypto";
import {
  customer,
  fee,
  perUnit,
  plan,
  row,
  settings,
  subscription,
  tiered,
} from "@tallybook/testkit/facts";
import { describe, expect, test } from "vitest";

import { newWorld } from "./world.ts";
import type { World } from "./world.ts";

const usage: fc.Arbitrary<UsageRow> = fc
  .record({
    meter: fc.constantFrom("tokens", "images"),
    of: fc.constantFrom("acme", "acme/s1", "beta", "nobody"),
    day: fc.integer({ min: 1, max: 30 }),
    hour: fc.integer({ min: 0, max: 23 }),
    quantity: fc
      .tuple(fc.nat(3_000_000), fc.nat(999))
      .map(([whole, part]) => toText(decimal(`${whole}.${part}`))),
    model: fc.constantFrom("a", "b", "c", ""),
  })
  .map(({ meter, of, day, hour, quantity, model }) =>
    row(
      0,
      of,
      meter,
      `2023-11-${String(day).padStart(2, "0")}T${String(hour).padStart(2, "0")}:00`,
      quantity,
      { model },
    ),
  );

function vendor(): World {
  const world = newWorld();
  world.tell(
    settings(0),
    customer("acme"),
    customer("beta"),
    plan("dev", [
      fee("monthly", "20"),
      tiered("graduated", "input", "tokens", [
        ["1000000", "0.50"],
        ["3000000", "0.30"],
        ["7000000", "0.07"],
      ]),
      perUnit("thirds", "images", "0.01", "3"),
    ]),
    plan("scale", [
      tiered("volume", "input", "tokens", [
        ["2000000", "0.20"],
        [null, "0.10"],
      ]),
    ]),
    subscription("s1", "acme", "dev", "2023-11-01"),
    subscription("s2", "beta", "scale", "2023-11-01"),
  );
  return world;
}

/** The rows, dealt to cuts: those of cut 0 are in time, the others late. */
function deal(rows: readonly UsageRow[], cuts: readonly number[]): World {
  const world = vendor();
  const dealt = rows.map((each, index) => ({
    ...each,
    cut: cuts[index % Math.max(cuts.length, 1)] ?? 0,
  }));
  for (let cut = 0; cut <= 4; cut += 1) {
    world.use(...dealt.filter((each) => each.cut === cut));
    world.step(cut, `2023-12-0${cut + 2}`);
  }
  return world;
}

/** What each price's dimensions were billed in the end. */
function billedIn(ledger: Ledger): Record<string, string> {
  const billed: Record<string, string> = {};
  for (const rated of ratedPeriods(ledger)) {
    for (const [price, { shares }] of rated.prices) {
      for (const [key, share] of shares) {
        if (!isZero(share.quantity))
          billed[`${rated.subscription} ${price} ${key}`] =
            `${toText(share.quantity)} for ${toText(share.amount)}`;
      }
    }
  }
  return billed;
}

function transactionsOf(world: World): TransactionPosted[] {
  return world.facts.filter((fact) => fact.kind === "TransactionPosted");
}

describe("rating, whatever the usage", () => {
  test("postings sum to zero, and shares to what is posted", () => {
    fc.assert(
      fc.property(
        fc.array(usage, { maxLength: 30 }),
        fc.array(fc.nat(4), { maxLength: 30 }),
        (rows, cuts) => {
          for (const { postings, evidence } of transactionsOf(deal(rows, cuts))) {
            expect(toText(sum(postings.map(({ amount }) => decimal(amount))))).toBe("0");
            expect(toText(sum(evidence.shares.map(({ amount }) => decimal(amount))))).toBe(
              postings[0]?.amount,
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test("late usage in any number of pieces ends at the same money as all at once", () => {
    fc.assert(
      fc.property(
        fc.array(usage, { maxLength: 30 }),
        fc.array(fc.nat(4), { minLength: 1, maxLength: 30 }),
        (rows, cuts) => {
          expect(billedIn(deal(rows, cuts).ledger)).toEqual(billedIn(deal(rows, [0]).ledger));
        },
      ),
      { numRuns: 100 },
    );
  });

  test("the order of the rows does not matter, to the byte", () => {
    fc.assert(
      fc.property(
        fc
          .array(usage, { maxLength: 20 })
          .chain((rows) =>
            fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
          ),
        ([rows, shuffled]) => {
          expect(transactionsOf(deal(shuffled, [0])).map(bytesOf)).toEqual(
            transactionsOf(deal(rows, [0])).map(bytesOf),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test("every unit of usage is rated once or belongs to nobody", () => {
    fc.assert(
      fc.property(
        fc.array(usage, { maxLength: 30 }),
        fc.array(fc.nat(4), { minLength: 1 }),
        (rows, cuts) => {
          const world = deal(rows, cuts);
          const rated = transactionsOf(world)
            .filter(({ evidence }) => evidence.meter === "tokens")
            .flatMap(({ evidence }) => evidence.shares.map(({ quantity }) => decimal(quantity)));
          const owned = rows.filter(
            ({ meter, customer: of }) => meter === "tokens" && of !== "nobody",
          );
          expect(toText(sum(rated))).toBe(
            toText(
              owned.reduce((total, { quantity }) => add(total, decimal(quantity)), decimal("0")),
            ),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("the journal as a chain", () => {
  const world = deal(
    [
      row(0, "acme", "tokens", "2023-11-16", "5", { model: "a" }),
      row(0, "beta", "tokens", "2023-11-17", "7", { model: "b" }),
    ],
    [0, 1],
  );

  test("a changed amount, a missing transaction and a swapped pair do not fold", () => {
    const first = world.facts.findIndex(({ kind }) => kind === "TransactionPosted");
    const changed = world.facts.map((fact, index) =>
      index === first ? { ...fact, currency: "EUR" } : fact,
    );
    const missing = world.facts.filter((_, index) => index !== first);
    const swapped = world.facts
      .with(first, world.facts[first + 1] as never)
      .with(first + 1, world.facts[first] as never);
    for (const facts of [changed, missing, swapped]) {
      expect(() => facts.reduce(evolveLedger, emptyLedger())).toThrow(BrokenJournal);
    }
  });

  test("an interrupted step is continued after the transactions that stand there", () => {
    const head = world.facts.findIndex(({ kind }) => kind === "HeadSigned");
    const whole = world.facts.slice(1, head) as TransactionPosted[];
    const ledger = world.facts.slice(0, 3).reduce(evolveLedger, emptyLedger());
    if (ledger.open === null) throw new Error("the step is open");
    const again = sealStep({ seq: -1, hash: new Uint8Array(32) }, 0, whole);
    expect(remainderOf(ledger.open, again)).toEqual(whole.slice(2));
    expect(tailOf(ledger).seq).toBe(1);
    expect(() => remainderOf(ledger.open as never, again.toReversed())).toThrow(BrokenJournal);
  });

  test("a head holds only under the deployment's key and as it was signed", () => {
    const ours = generateKeyPairSync("ed25519");
    const other = generateKeyPairSync("ed25519");
    const fields = {
      step: 1,
      cut: 2,
      cut_root: new Uint8Array(32),
      seq: 3,
      hash: new Uint8Array(32),
      invoices_offset: 4,
    };
    const head = signHead(fields, ours.privateKey);
    expect(isHeadSigned(head, ours.publicKey)).toBe(true);
    expect(isHeadSigned(head, other.publicKey)).toBe(false);
    expect(isHeadSigned({ ...head, seq: 4 }, ours.publicKey)).toBe(false);
  });
});

function bytesOf(posted: TransactionPosted): string {
  return transactionBytes(posted).toString();
}
