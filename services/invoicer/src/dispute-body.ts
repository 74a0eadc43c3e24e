import type { DisputeOutcome, DisputeSettled } from "@tallybook/invoice";
import { Problem } from "@tallybook/service";

const textMax = 1_000;
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

function readerOf(body: unknown, names: readonly string[]) {
  const errors: { field: string; reason: string; detail: string }[] = [];
  const members = membersIn(body);
  function refuse(field: string, detail: string): void {
    errors.push({ field, reason: "unfit", detail });
  }
  for (const name of Object.keys(members))
    if (!names.includes(name))
      refuse(name, `there is no such field here; there are ${names.join(", ")}`);
  return {
    refuse,
    value: (name: string): unknown => (Object.hasOwn(members, name) ? members[name] : undefined),
    text(name: string): string {
      const value = Object.hasOwn(members, name) ? members[name] : undefined;
      if (typeof value === "string" && value.trim() !== "" && value.length <= textMax) return value;
      refuse(name, `give a text of 1 to ${textMax} characters`);
      return "";
    },
    done(): void {
      const [first] = errors;
      if (first === undefined) return;
      const detail = `${first.field}: ${first.detail}`;
      throw new Problem({ status: 422, title: "Unfit request", detail, members: { errors } });
    },
  };
}

function membersIn(body: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.isBuffer(body) ? body.toString() : "");
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Problem({
    status: 400,
    title: "Unfit request",
    detail: "The body must be an object in JSON.",
  });
}
