import type { DisputeOutcome, DisputeSettled } from "@tallybook/invoice";

import { readerOf } from "./body.ts";

const lineMax = 1_000_000;

/** The body of a dispute. Throws a Problem that says everything that is wrong. */
export function readDispute(body: unknown): {
  readonly line: number;
  /** Minor units; null: all of the line. */
  readonly amount: string | null;
  readonly reason: string;
} {
  const read = readerOf(body, ["line", "amount", "reason"]);
  const line = read.value("line");
  const isLine = typeof line === "number" && Number.isInteger(line) && line >= 1 && line <= lineMax;
  if (!isLine) read.refuse("line", "give the number of a line, from 1");
  const amount = read.value("amount") ?? null;
  // As text: a number in JSON may have lost digits.
  const isAmount =
    amount === null || (typeof amount === "string" && /^-?[1-9]\d{0,29}$/.test(amount));
  if (!isAmount) read.refuse("amount", 'give minor units as text, such as "1250"');
  const reason = read.text("reason");
  read.done();
  return { line: isLine ? line : 0, amount: isAmount ? amount : null, reason };
}

/** The body of a settlement. Throws a Problem that says everything that is wrong. */
export function readSettlement(
  body: unknown,
): Pick<DisputeSettled, "outcome" | "reason" | "reference"> {
  const read = readerOf(body, ["outcome", "reason", "reference"]);
  const given = read.value("outcome");
  const outcome = outcomes.find((each) => each === given);
  if (outcome === undefined) read.refuse("outcome", `say one of ${outcomes.join(", ")}`);
  const reason = read.text("reason");
  const reference =
    outcome === "rejection" ? (read.value("reference") ?? null) : read.text("reference");
  if (outcome === "rejection" && reference !== null)
    read.refuse("reference", "a rejection refers to nothing: leave it out");
  read.done();
  return {
    outcome: outcome ?? "rejection",
    reason,
    reference: typeof reference === "string" ? reference : null,
  };
}

const outcomes: readonly DisputeOutcome[] = ["correction", "credit_note", "rejection"];
