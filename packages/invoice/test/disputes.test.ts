import {
  amountUnderDispute,
  evolveDisputes,
  nextDispute,
  reportDisputes,
} from "@tallybook/invoice";
import type { DisputeOpened, Disputes, DisputeSettled, InvoiceLine } from "@tallybook/invoice";
import { expect, test } from "vitest";

const second = 1_000_000;
const invoice = {
  tenant: "default",
  invoice: "i1",
  total: "1500",
  lines: ["2000", "-500", "0"].map((amount) => ({ amount }) as InvoiceLine),
};

test("a dispute is of a line that there is, about a part of it, and one at a time", () => {
  const disputes: Disputes = new Map();
  expect(nextDispute(disputes, invoice, { line: 4 })).toEqual({ kind: "no_line", lines: 3 });
  const first = nextDispute(disputes, invoice, { line: 1 });
  expect(first).toEqual({ dispute: expect.stringMatching(/^[0-9a-f]{64}$/), amount: "2000" });
  for (const amount of ["2001", "0", "-1"])
    expect(nextDispute(disputes, invoice, { line: 1, amount })).toEqual({
      kind: "amount",
      max: "2000",
    });
  expect(nextDispute(disputes, invoice, { line: 2 })).toMatchObject({ amount: "-500" });
  expect(nextDispute(disputes, invoice, { line: 2, amount: "100" })).toMatchObject({
    kind: "amount",
  });
  expect(nextDispute(disputes, invoice, { line: 3 })).toMatchObject({ kind: "amount" });

  evolveDisputes(disputes, opened("d1", { amount: "300" }));
  expect(nextDispute(disputes, invoice, { line: 1 })).toEqual({ kind: "open", dispute: "d1" });
  evolveDisputes(disputes, settled("d1"));
  const again = nextDispute(disputes, invoice, { line: 1 });
  expect(again).toMatchObject({ amount: "2000" });
  expect(again).not.toEqual(first);
});

test("what is under dispute is the sum of the open ones, and never more than the total", () => {
  const disputes: Disputes = new Map();
  const under = () => amountUnderDispute(disputes.values(), invoice);
  expect(under()).toBe("0");
  evolveDisputes(disputes, opened("d1", { amount: "300" }));
  evolveDisputes(disputes, opened("d1", { amount: "999" }));
  evolveDisputes(disputes, opened("d2", { line: 2, amount: "50" }));
  evolveDisputes(disputes, opened("d3", { invoice: "i2", amount: "7" }));
  evolveDisputes(disputes, opened("d4", { tenant: "others", amount: "7" }));
  expect(under()).toBe("350");
  evolveDisputes(disputes, opened("d5", { line: 3, amount: "2000" }));
  expect(under()).toBe("1500");
  for (const id of ["d5", "d1", "never"]) evolveDisputes(disputes, settled(id));
  expect(under()).toBe("50");
});

test("the report counts invoices, outcomes and ages", () => {
  const disputes: Disputes = new Map();
  evolveDisputes(disputes, opened("d1", { opened_at: 0 }));
  evolveDisputes(disputes, opened("d2", { opened_at: 40 * second, amount: "5" }));
  evolveDisputes(
    disputes,
    opened("d3", { opened_at: 50 * second, invoice: "i2", currency: "EUR" }),
  );
  evolveDisputes(disputes, settled("d1", { settled_at: 30 * second, outcome: "credit_note" }));
  // Who settles it again comes too late.
  evolveDisputes(disputes, settled("d1", { settled_at: 90 * second, outcome: "rejection" }));
  expect(reportDisputes([...disputes.values()], 10, 100 * second)).toEqual({
    invoices: 10,
    disputed_invoices: 2,
    open: 2,
    settled: { correction: 0, credit_note: 1, rejection: 0 },
    under_dispute: { USD: "5", EUR: "100" },
    oldest_seconds: 60,
    median_settled_seconds: 30,
  });
});

function opened(dispute: string, other: Partial<DisputeOpened> = {}): DisputeOpened {
  return {
    kind: "DisputeOpened",
    dispute,
    tenant: "default",
    invoice: "i1",
    number: "INV-000001",
    customer: "acme",
    line: 1,
    currency: "USD",
    amount: "100",
    reason: "too much",
    replay_verdict: "exact",
    replay_detail: "",
    replay_digest: new Uint8Array(32),
    actor: "k",
    opened_at: 0,
    ...other,
  };
}

function settled(dispute: string, other: Partial<DisputeSettled> = {}): DisputeSettled {
  return {
    kind: "DisputeSettled",
    dispute,
    tenant: "default",
    invoice: "i1",
    outcome: "rejection",
    reason: "it is right",
    reference: null,
    actor: "k",
    settled_at: 0,
    ...other,
  };
}
