import { writeFileSync } from "node:fs";
import { type Reconciliation, reconcile, replay } from "@tallybook/audit";
import type { NumberedDocument } from "@tallybook/invoice";
import type { Call, Command } from "../command.ts";
import { count, monthBegin, platformScenario, traceScenario } from "../demo/scenario.ts";
import { readTraces } from "../demo/trace.ts";
import { type DemoStack, withStack } from "../demo/with-stack.ts";
import { withEngines } from "../engines.ts";
import { misuse } from "../failure.ts";
import { identityText, isBalanced } from "../identity.ts";
import { invoicesTable, invoiceText } from "../invoices.ts";
import { replayText } from "../replayed.ts";
import { withProgress } from "../waiting.ts";

export const demo: Command = {
  name: "demo",
  summary:
    "Bills a month of an AI platform from nothing to proven invoices, and takes everything away again",
  args: [],
  options: {
    trace: {
      value: "DIR",
      about: "bill the two Azure LLM inference traces in DIR instead of made-up usage",
    },
    customers: { value: "N", about: "customers that the traces are spread over (default 20)" },
    events: { value: "N", about: "made-up events (default 100000)" },
    seed: { value: "N", about: "of the made-up events (default 1)" },
    json: { value: "FILE", about: "write invoices and identity there" },
  },
  examples: [
    "npm run demo",
    "npm run demo -- --trace ../traces --customers 7 --json /tmp/invoices.json",
  ],
  async run(call) {
    const trace = call.text("trace");
    if (trace === undefined && call.has("customers")) {
      throw misuse("tally demo: --customers belongs to --trace DIR.");
    }
    const customers = wholeNumber(call, "customers", 20, 10_000);
    const numbers = {
      seed: wholeNumber(call, "seed", 1, 2 ** 31),
      events: wholeNumber(call, "events", 100_000, 5_000_000),
    };
    // What cannot be read is said before anything is started.
    if (trace !== undefined) readTraces(trace, customers);
    return withStack({ ...call, clock: monthBegin }, async (stack) => {
      const invoices =
        trace === undefined
          ? await billPlatform(stack, call, numbers)
          : await traceScenario(stack, { ...call, dir: trace, customers });
      if (trace !== undefined) for (const line of invoicesTable(invoices)) call.print(line);
      const identity = await withProgress(
        call.remark,
        () => "reading the log and the columns",
        withEngines(stack.run, reconcile),
      );
      call.print("");
      for (const line of identityText(identity)) call.print(line);
      const file = call.text("json");
      if (file !== undefined)
        writeFileSync(file, `${JSON.stringify(documentOf(invoices, identity), null, 2)}\n`);
      return isBalanced(identity) ? 0 : 1;
    });
  },
};

/** Bills the made-up month, prints its invoices and replays one line. */
async function billPlatform(
  stack: DemoStack,
  call: Call,
  numbers: { readonly seed: number; readonly events: number },
): Promise<readonly NumberedDocument[]> {
  const { month, streamed, invoices } = await platformScenario(stack, { ...call, ...numbers });
  call.print(
    `Sent: ${count(month.onTime.length)} events in time, among them ${count(month.repeats)} repeats, ${count(month.conflicts)} conflicts and ${count(month.malformed)} malformed (${count(streamed.refused.length)} refused at the door), and ${count(month.late.length)} late.`,
  );
  call.print("");
  for (const line of invoicesTable(invoices)) call.print(line);
  const example = invoices.find(({ lines }) => lines.length > 4) ?? invoices[0];
  if (!example) return invoices;
  // The same customer's next invoice has the adjustments for what came late.
  for (const invoice of invoices.filter(({ customer }) => customer === example.customer)) {
    call.print("");
    for (const line of invoiceText(invoice)) call.print(line);
  }
  const line = example.lines.findIndex(({ meter }) => meter !== null) + 1;
  const replayed = await withProgress(
    call.remark,
    () => "reading the log",
    withEngines(stack.run, (engines) => replay({ ...engines, invoice: example.number, line })),
  );
  call.print("");
  for (const text of replayText(replayed)) call.print(text);
  return invoices;
}

function documentOf(invoices: readonly NumberedDocument[], identity: Reconciliation): unknown {
  return {
    invoices: invoices.map(({ customer, plan, subscription, period, currency, total, lines }) => ({
      customer,
      plan,
      subscription,
      period,
      currency,
      total,
      lines: lines.map(({ meter, dimensions, quantity, amount, description }) => ({
        meter,
        dimensions,
        quantity,
        amount,
        description,
      })),
    })),
    identity: identity.rows,
  };
}

function wholeNumber(call: Call, option: string, usual: number, max: number): number {
  const text = call.text(option);
  if (text === undefined) return usual;
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value >= 1 && value <= max) return value;
  throw misuse(`tally demo: --${option} ${text} is not a whole number from 1 to ${max}.`);
}
