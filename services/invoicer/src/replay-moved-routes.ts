import type { Caller } from "@tallybook/catalog";
import type { ReplayedMovement } from "@tallybook/audit";
import {
  about,
  described,
  type Description,
  listOf,
  named,
  orNull,
  output,
  Problem,
  refuseOthers,
  text,
  whole,
} from "@tallybook/service";
import type { Access, HttpRequest, HttpServer } from "@tallybook/service";

import type { Auditor } from "./auditor.ts";
import { idIn } from "./life-desk.ts";
import { replayCompared, replayVerdict, verdictView } from "./replay-route.ts";

const count = whole(0, Number.MAX_SAFE_INTEGER);
const movement = output({
  moved: about(
    "payment, payment_reversal, credit_note, debit_note, void, credit_applied, credit_granted or refund.",
    text,
  ),
  id: text,
  number: about("Of a note its own.", orNull(text)),
  customer: text,
  currency: text,
  offset: about("Of the fact, in invoices.", count),
  transaction: about(
    "Null: no head of the journal has taken it yet, or nothing is posted of it.",
    orNull(output({ id: text, seq: count, journal_offset: count })),
  ),
  postings: listOf(output({ account: text, amount: text })),
  compared: listOf(replayCompared),
  verdict: replayVerdict,
});
const replayed = named("MovementsReplay", output({ movements: listOf(movement) }));

function routeOf(summary: string, what: string): Description {
  return {
    summary,
    about: `${what} decided again by the facts before it, and what is to be posted of it, beside what was written and posted: as \`tally replay --moved\`.`,
    tag: "Invoices",
    answers: { 200: replayed },
    problems: [404, 503],
  };
}

/** `GET /v1/notes/{id or number}/replay` and `GET /v1/payments/{id}/replay`, the latter with its reversal. */
export function addReplayMovedRoutes(
  server: HttpServer,
  {
    access,
    auditor,
  }: {
    readonly access: Access<Caller>;
    readonly auditor: Pick<Auditor, "replayMoved">;
  },
): void {
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };
  const kinds = [
    ["notes", "note", "Computes a credit or debit note again from the log", "The note is"],
    ["payments", "payment", "Computes a payment, and its reversal, again from the log", "Each is"],
  ] as const;
  for (const [collection, kind, summary, what] of kinds)
    server.get(
      `/v1/${collection}/:id/replay`,
      described(readers, routeOf(summary, what)),
      async (request: HttpRequest) => {
        refuseOthers(request);
        const { tenant } = access.callerOf(request);
        const name = idIn(request);
        const found = await auditor.replayMoved(tenant, name);
        const own = found.filter(({ moved }) => moved.split("_").includes(kind));
        if (own.length > 0) return { movements: own.map(movementView) };
        throw new Problem({
          status: 404,
          title: "Not Found",
          detail: `There is no ${kind} ${name}.`,
        });
      },
    );
}

function movementView({ tenant: _, verdict, ...rest }: ReplayedMovement): object {
  return { ...rest, verdict: verdictView(verdict) };
}
