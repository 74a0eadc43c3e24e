import type { Replay, ReplayedLine } from "@tallybook/audit";
import {
  about,
  decimalText,
  described,
  type Description,
  type JsonSchema,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  Problem,
  text,
  time,
  whole,
  yesOrNo,
} from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import type { Auditor } from "./auditor.ts";
import { invoiceOf } from "./billing-routes.ts";
import type { BillingDesk } from "./billing-routes.ts";

const lineMax = 1_000_000;
const count = whole(0, Number.MAX_SAFE_INTEGER);
const textsByName: JsonSchema = { type: "object", additionalProperties: text };

/** A number as it was billed, and as it comes out again. */
export const replayCompared = named(
  "ReplayCompared",
  output({
    step: about("Where on the road from event to cent it stands.", text),
    what: text,
    billed: text,
    recomputed: text,
    equal: yesOrNo,
  }),
);
/** What came out. */
export const replayVerdict = named(
  "ReplayVerdict",
  output({
    kind: about(
      "columns_differ: the bill comes out again, and ClickHouse has other usage than the log.",
      oneOf("equal", "columns_differ", "different"),
    ),
    first: about("The first difference.", orNull(replayCompared)),
  }),
);
const place = {
  partition: count,
  offset: about("In usage.raw.", count),
  source: text,
  id: text,
  time,
  quantity: decimalText,
  value: about("Of a unique count: what is counted once; else empty.", text),
  dimensions: textsByName,
  backfill: about("The backfill that it came by; null: by the usual way.", orNull(text)),
};
const line: JsonSchema = output({
  line: whole(1, lineMax),
  description: text,
  dimensions: textsByName,
  transaction: output({
    id: text,
    seq: count,
    kind: text,
    journal_offset: count,
    backfills: about(
      "Of an adjustment: the backfills by which usage of it came, as the journal says.",
      listOf(text),
    ),
  }),
  catalog_offset: count,
  contract: orNull(output({ contract: text, version: count })),
  meter: orNull(output({ meter: text, versions: listOf(count), merging: orNull(text) })),
  price: output({ plan: text, plan_version: count, price: text, text }),
  explanation: about("How the amount came about, in a sentence.", text),
  event_count: about("Events that the line counts.", count),
  events_digest: about(
    "Of all of them, with what the line counts of each: the sum of their SHA-256, hex.",
    text,
  ),
  events: about(
    "The first of them by time, 1,000 at most.",
    listOf(output({ ...place, cut: count })),
  ),
  uncounted_count: about("Records that would have been on the line too, and do not count.", count),
  uncounted: about(
    "The first of them, 1,000 at most.",
    listOf(
      output({
        ...place,
        decision: oneOf("duplicate", "conflict", "refused"),
        reason: text,
        detail: text,
        original: about("Offset of the event that holds the identity.", orNull(count)),
      }),
    ),
  ),
  rollup: listOf(output({ slot: time, quantity: decimalText, count })),
  postings: listOf(output({ account: text, amount: decimalText })),
  compared: listOf(replayCompared),
  verdict: replayVerdict,
});

const route: Description = {
  summary: "Computes an invoice again from the log",
  about:
    "Each line with its road from the events to the cent, beside what was billed: by the records of usage.raw that ClickHouse names, as `tally replay` without --full.",
  tag: "Invoices",
  query: { line: about("This line only, from 1.", whole(1, lineMax)) },
  answers: {
    200: named(
      "InvoiceReplay",
      output({
        invoice: text,
        number: about("Of a draft its id.", text),
        customer: text,
        currency: text,
        statement: about("What the reading proves, and what it does not.", text),
        compared: about(
          "What ClickHouse says of the events, against the log.",
          listOf(replayCompared),
        ),
        lines: listOf(line),
        verdict: about("The worst of all.", replayVerdict),
      }),
    ),
  },
};

/** `GET /v1/invoices/{id}/replay`, with `?line=`. */
export function addReplayRoute(
  server: HttpServer,
  desk: Pick<BillingDesk, "archive" | "access"> & { readonly auditor: Pick<Auditor, "replay"> },
): void {
  const { access, auditor } = desk;
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };
  server.get("/v1/invoices/:id/replay", described(readers, route), async (request: HttpRequest) => {
    const { id } = request.params as { readonly id: string };
    const { tenant, invoice } = invoiceOf(desk, request, id);
    return replayView(await auditor.replay(tenant, invoice, lineIn(request)));
  });
}

function lineIn({ query }: HttpRequest): number | undefined {
  const { line: given, ...others } = query as Readonly<Record<string, unknown>>;
  if (Object.keys(others).length === 0) {
    if (given === undefined) return undefined;
    if (typeof given === "string" && /^[1-9]\d{0,5}$/.test(given)) return Number(given);
  }
  throw new Problem({
    status: 400,
    title: "Unfit request",
    detail: "Give line, a number from 1, once; or nothing, for all lines.",
  });
}

function replayView({
  tenant: _,
  reading: _reading,
  lines,
  verdict: worst,
  ...rest
}: Replay): object {
  return { ...rest, lines: lines.map(lineView), verdict: verdictView(worst) };
}

function lineView({ verdict: own, ...rest }: ReplayedLine): object {
  return { ...rest, verdict: verdictView(own) };
}

/** As it is answered. */
export function verdictView(of: Replay["verdict"]): object {
  return { kind: of.kind, first: of.kind === "equal" ? null : of.first };
}
