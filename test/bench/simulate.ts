import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { simulate } from "@tallybook/audit";
import type { CatalogFact } from "@tallybook/catalog";
import { connectColumns, migrate } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
import { connectLog } from "@tallybook/log";
import { formatTime, MICROS_PER_HOUR } from "@tallybook/periods";
import { startTestEngines } from "@tallybook/testkit";
import {
  at,
  calendarOf,
  customer,
  fee,
  perUnit,
  plan,
  settings,
  subscription,
  system,
  tiered,
  usualMeter,
} from "@tallybook/testkit/facts";
import type { CutFact } from "@tallybook/usage";
import { encode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

const help = `npm run bench:simulate -- [--customers N] [--months N] [--anniversaries]

Measures a what-if of a whole history on engines of its own: how long tally simulate's work takes, from the first look at Kafka to the
last number. A customer has a rollup of two meters each day. Nothing passes or fails.

  --customers N     10000 unless given
  --months N        12 unless given
  --anniversaries   each subscription begins at a second of its own, and its periods with it`;

const { values } = parseArgs({
  options: {
    customers: { type: "string", default: "10000" },
    months: { type: "string", default: "12" },
    anniversaries: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const partitions = 4;
const begin = at("2023-01-01");
const end = monthsLater(Number(values.months));
const hours = (end - begin) / MICROS_PER_HOUR;

const dearer = {
  plans: [
    {
      plan: "dev",
      currency: "USD",
      prices: [
        { price: "monthly", model: "flat", amount: "10" },
        {
          price: "tokens",
          meter: "tokens",
          model: "graduated",
          per: "1000000",
          tiers: [
            { up_to: "2000000", unit_amount: "0.55" },
            { up_to: "8000000", unit_amount: "0.35" },
            { unit_amount: "0.25" },
          ],
        },
        { price: "calls", meter: "calls", model: "per_unit", unit_amount: "0.08", per: "3" },
      ],
    },
  ],
};

if (values.help) console.log(help);
else await bench(Number(values.customers));

async function bench(customers: number): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const dir = mkdtempSync(path.join(tmpdir(), "tallybook-simulate-"));
  opened.defer(() => rmSync(dir, { recursive: true, force: true }));
  const engines = opened.adopt(await startTestEngines(dir), (it) => it.stop());
  const options = { url: engines.clickhouseUrl, database: "tallybook_simulate" };
  await migrate(options);
  const columns = opened.adopt(connectColumns(options), (it) => it.close());
  const brokers = engines.brokers.split(",");
  const log = opened.adopt(await connectLog({ brokers, clientId: "bench" }), (it) => it.close());
  await log.prepareTopics([topics.catalog, topics.cuts].map((topic) => ({ topic, partitions: 1 })));
  const writer = opened.adopt(await log.transactor("bench"), (it) => it.close());
  const write = async (topic: string, facts: readonly Fact[]) => {
    for (let from = 0; from < facts.length; from += 5_000)
      await writer.commit(
        facts
          .slice(from, from + 5_000)
          .map((fact) => ({ topic, partition: 0, key: null, value: encode(fact) })),
      );
  };
  await write(topics.catalog, vendor(customers));
  await write(topics.cuts, cuts());
  const rows = await fill(columns, customers);

  const times: number[] = [];
  for (let run = 0; run < 3; run += 1) {
    const before = performance.now();
    const found = await simulate({
      log,
      columns: options,
      tenant: "default",
      plan: dearer,
      from: begin,
      to: end,
    });
    times.push((performance.now() - before) / 1_000);
    const [currency] = found.currencies;
    console.log(
      `run ${run + 1}: ${times.at(-1)?.toFixed(2)} s, ${currency?.bills} bills, ${currency?.more} customers pay more, ${currency?.less} less`,
    );
  }
  console.log(
    `${customers} customers, ${values.months} months, ${rows} rollups: median ${times.toSorted((a, b) => a - b)[1]?.toFixed(2)} s`,
  );
}

/** What everybody is on; graduated and by the call. */
function vendor(customers: number): CatalogFact[] {
  const meter = { kind: "MeterPublished", ...system, ...usualMeter, version: 1 } as const;
  const sum = { event_type: "llm", aggregation: "sum", value_property: "n" } as const;
  return [
    settings(0),
    { ...meter, ...sum, meter: "tokens", dimensions: ["model"] },
    { ...meter, ...sum, meter: "calls" },
    plan("dev", [
      fee("monthly", "20"),
      tiered("graduated", "tokens", "tokens", [
        ["1000000", "0.50"],
        ["10000000", "0.30"],
        [null, "0.275"],
      ]),
      perUnit("calls", "calls", "0.07", "3"),
    ]),
    ...Array.from({ length: customers }, (_, index) => customer(`c${index}`)),
    ...Array.from({ length: customers }, (_, index) =>
      values.anniversaries
        ? subscription(
            `s${index}`,
            `c${index}`,
            "dev",
            formatTime(begin + ((index * 7_919) % 2_592_000) * 1_000_000),
            null,
            calendarOf("month", "UTC", { kind: "anniversary" }),
          )
        : subscription(`s${index}`, `c${index}`, "dev", formatTime(begin)),
    ),
  ];
}

/** An hour each, and one that is later than all. */
function cuts(): CutFact[] {
  const bytes = Buffer.alloc(32);
  const facts: CutFact[] = [
    { kind: "DeploymentMade", generation: 1, partitions, public_key: bytes, made_at: 0 },
  ];
  for (let cut = 0; cut <= hours; cut += 1) {
    const time = begin + cut * MICROS_PER_HOUR;
    const of = { cut, time, catalog_offset: 0 };
    facts.push({ kind: "CutOpened", ...of, spools: [], complete: true });
    for (let partition = 0; partition < partitions; partition += 1)
      facts.push({
        kind: "PartCompared",
        cut,
        partition,
        end_offset: cut,
        raw_end_offset: cut,
        repair: 0,
        tenants: [],
        digest: bytes,
        merkle_root: null,
      });
    facts.push({ kind: "CutClosed", ...of, root: bytes });
  }
  return facts;
}

/** A row a day of each customer and meter, at an hour of its own, in the cut of that hour. */
async function fill(columns: Columns, customers: number): Promise<number> {
  const days = hours / 24;
  // Few enough that no insert touches more than a hundred partitions.
  const daysMax = 100;
  for (let from = 0; from < days; from += daysMax) {
    const count = Math.min(daysMax, days - from) * customers;
    for (const meter of ["tokens", "calls"])
      await columns.client.command({
        query: `INSERT INTO rollups (cut, log_partition, tenant, customer, subscription, meter, meter_version, slot, dimensions, merging, value, quantity, count, latest_time, latest_offset)
          SELECT toUInt32(day * 24 + hour + 1), number % ${partitions}, 'default', concat('c', toString(of)), '', '${meter}', 1,
            toDateTime(${begin / 1_000_000} + (day * 24 + hour) * 3600), ${meter === "tokens" ? "map('model', if(day % 2 = 0, 'large', 'small'))" : "map()"},
            'sum', '', CAST(toDecimal64((of * 31 + day * 17) % 900000 + 0.5, 2), 'Decimal(76, 12)'), 10, toDateTime64(0, 6), 0
          FROM (SELECT number, number % ${customers} AS of, ${from} + intDiv(number, ${customers}) AS day, (number * 7) % 24 AS hour FROM numbers(${count}))`,
      });
  }
  return days * customers * 2;
}

function monthsLater(months: number): number {
  return Date.UTC(2023, months, 1) * 1_000;
}
