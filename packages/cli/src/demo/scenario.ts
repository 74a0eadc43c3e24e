import { readFileSync } from "node:fs";
import path from "node:path";
import type { NumberedDocument } from "@tallybook/invoice";
import { advanceClock } from "../clock.ts";
import type { Deployment } from "../deployment.ts";
import { readDocument } from "../document.ts";
import { listInvoices } from "../invoices.ts";
import { patiently } from "../patiently.ts";
import { type PlatformMonth, platformMonth } from "./platform.ts";
import { stream, type Streamed } from "./stream.ts";
import { readTraces, traceSubscribers } from "./trace.ts";
import type { DemoStack } from "./with-stack.ts";

type Remark = (line: string) => void;

/** Simulated time of every scenario begins here. */
export const monthBegin = "2023-11-01T00:00:00Z";
/** Just after the last event of the traces. */
const tracesEnd = "2023-11-16T19:30:00Z";
const lastHalfHour = "2023-11-30T23:30:00Z";
/** A month is rated at the first cut after its end and the hour of grace. */
const monthClosed = "2023-12-01T01:00:00Z";
const nextMonthClosed = "2024-01-01T01:00:00Z";

const exampleFile = path.join(import.meta.dirname, "../../examples/ai-platform.yaml");
const progressMs = 2_000;

/** The trace workload, closed: its invoices in the order of the customers. */
export async function traceScenario(
  stack: Pick<DemoStack, "target" | "signal">,
  options: { readonly dir: string; readonly customers: number; readonly remark: Remark },
): Promise<NumberedDocument[]> {
  const { target, signal } = stack;
  const { remark } = options;
  const events = readTraces(options.dir, options.customers);
  await applyExample(target, traceSubscribers(options.customers));
  await advanceClock(target, tracesEnd, { remark, signal });
  await streamLoudly(target, events, remark);
  remark(`closing the month: the clock goes to ${monthClosed}`);
  await advanceClock(target, monthClosed, { remark, signal });
  return byCustomer(await listInvoices(target));
}

export type PlatformOutcome = {
  readonly month: PlatformMonth;
  readonly streamed: Streamed;
  readonly invoices: readonly NumberedDocument[];
};

/** A made-up month of an AI platform; what comes late lands on the invoices of the month after. */
export async function platformScenario(
  stack: DemoStack,
  options: { readonly seed: number; readonly events: number; readonly remark: Remark },
): Promise<PlatformOutcome> {
  const { target, signal } = stack;
  const { remark } = options;
  const month = platformMonth(options.seed, options.events);
  await applyExample(target, {
    models: month.models,
    customers: month.customers.map(({ customer, name }) => ({ customer, name })),
    subscriptions: month.customers.map(({ customer, plan }) => ({
      customer,
      plan,
      start: monthBegin,
    })),
  });
  await advanceClock(target, lastHalfHour, { remark, signal });
  const streamed = await streamLoudly(target, month.onTime, remark);
  remark(`closing November: the clock goes to ${monthClosed}`);
  await advanceClock(target, monthClosed, { remark, signal });
  remark(`${month.late.length} events of November come late`);
  await streamLoudly(target, month.late, remark);
  remark(`closing December: the clock goes to ${nextMonthClosed}`);
  await advanceClock(target, nextMonthClosed, { remark, signal });
  return { month, streamed, invoices: await listInvoices(target) };
}

/** Meters and plans of the example, and whom the scenario adds. */
export async function applyExample(
  target: Deployment,
  whom: Record<string, unknown>,
): Promise<void> {
  const { json } = readDocument(readFileSync(exampleFile, "utf8"), exampleFile);
  await patiently(() => target.ask("/v1/apply", { body: json }));
  await patiently(() => target.ask("/v1/apply", { body: whom }));
}

/** Streams at full speed, and says how fast. */
async function streamLoudly(
  target: Deployment,
  items: readonly unknown[],
  remark: Remark,
): Promise<Streamed> {
  const begun = performance.now();
  let settled = 0;
  const speed = (): string =>
    `${count(Math.round((settled / (performance.now() - begun)) * 1_000))} events/s`;
  const tell = setInterval(() => {
    remark(`… ${count(settled)} of ${count(items.length)} events sent, ${speed()}`);
  }, progressMs);
  try {
    const streamed = await stream(target, items, {
      onSettled: (now) => {
        settled = now;
      },
    });
    remark(`${count(streamed.accepted)} events are in the log, ${speed()}`);
    return streamed;
  } finally {
    clearInterval(tell);
  }
}

function byCustomer(invoices: readonly NumberedDocument[]): NumberedDocument[] {
  return invoices.toSorted((a, b) =>
    a.customer === b.customer ? a.number.localeCompare(b.number) : a.customer < b.customer ? -1 : 1,
  );
}

/** `28185` → `28,185`. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}
