import { takenOf } from "@tallybook/invoice";
import type { PaymentRecorded } from "@tallybook/invoice";
import { isMovement } from "@tallybook/journal";
import type { Movement, TransactionPosted } from "@tallybook/journal";
import { expect, test } from "vitest";

import { compareMoved } from "../src/moved.ts";
import { createSheet } from "../src/sheet.ts";

const payment: PaymentRecorded = {
  kind: "PaymentRecorded",
  payment: "p1",
  tenant: "default",
  customer: "acme",
  currency: "USD",
  amount: "2300",
  method: "bank_transfer",
  reference: "",
  received_at: 1,
  settles: [{ invoice: "i1", number: "INV-000001", amount: "2000" }],
  credited: "300",
  actor: "k",
  recorded_at: 2,
};

const taken = takenOf(payment);
if (taken === undefined || !isMovement(taken)) throw new Error("a payment moves money");
const movement: Movement = taken;

/** As the rater posts it, as far as it is compared. */
function posted({ movement: kind, cause, postings, settles }: Movement): TransactionPosted {
  const { tenant, currency } = movement;
  const fields = { tenant, currency, transaction_kind: kind, cause, postings };
  return { ...fields, evidence: { settles } } as unknown as TransactionPosted;
}

function residuals(transactions: readonly TransactionPosted[], movements: readonly Movement[]) {
  const sheet = createSheet();
  compareMoved(transactions, movements, sheet);
  return sheet.rows().map(({ left, right, residual }) => [left, right, residual]);
}

test("a payment that is posted as it was recorded has no residual", () => {
  expect(residuals([posted(movement)], [movement])).toEqual([["23", "23", "0"]]);
});

test.each([
  ["is not posted", [], [movement]],
  ["is posted and was never recorded", [posted(movement)], []],
  ["is posted twice", [posted(movement), posted(movement)], [movement]],
  [
    "is posted to another account",
    [
      posted({
        ...movement,
        postings: movement.postings.map((each) => ({
          ...each,
          account: each.account.replace("bank", "cash"),
        })),
      }),
    ],
    [movement],
  ],
  ["is taken off no invoice", [posted({ ...movement, settles: [] })], [movement]],
])("money that %s shows", (_, transactions, movements) => {
  const [row] = residuals(transactions, movements);
  expect(row?.[2]).not.toBe("0");
});
