import type { JournalSurvey, WantedRange } from "@tallybook/audit";
import { byEntity, csvRecord, totalsOf } from "@tallybook/books";
import type { AccountBalance } from "@tallybook/books";
import { formatTime } from "@tallybook/periods";
import { described, queryText, refuseOthers, unfit } from "@tallybook/service";
import type { HttpRequest, HttpServer } from "@tallybook/service";

import type { JournalSurveys } from "./journal-surveys.ts";
import type { LifeDesk } from "./life-desk.ts";
import { timeAsked } from "./moments.ts";
import { sendCsv } from "./send-csv.ts";
import { trialBalanceRoutes } from "./trial-balance-schemas.ts";

export interface TrialBalanceDesk extends Pick<LifeDesk, "access"> {
  readonly surveys: JournalSurveys;
}

/** `GET /v1/trial-balance` says what every account came to, as a table with the suffix `.csv`: the journal is read and proven for each. */
export function addTrialBalanceRoutes(
  server: HttpServer,
  { access, surveys }: TrialBalanceDesk,
): void {
  const readers = { onRequest: access.allow("analyst", "auditor", "finance", "admin") };

  function surveyed(request: HttpRequest): Promise<JournalSurvey> {
    refuseOthers(request);
    const { tenant } = access.callerOf(request);
    const entity = queryText(request, "entity");
    const only = entity === undefined ? {} : { entity };
    return surveys({ tenant, wanted: wantedIn(request), ...only });
  }

  server.get(
    "/v1/trial-balance",
    described(readers, trialBalanceRoutes.balance),
    async (request) => {
      const { balances, head } = await surveyed(request);
      const totals = byEntity(balances).flatMap(([entity, rows]) =>
        totalsOf(rows).map((total) => ({ entity, ...total })),
      );
      return { cut: head.cut, step: head.step, accounts: balances.map(accountView), totals };
    },
  );

  server.get(
    "/v1/trial-balance.csv",
    described(readers, trialBalanceRoutes.balanceCsv),
    async (request, reply) => sendCsv(reply, balanceCsv((await surveyed(request)).balances)),
  );
}

function wantedIn(request: HttpRequest): WantedRange {
  const [from, to] = [timeAsked(request, "from"), timeAsked(request, "to")];
  if (to === undefined) {
    if (from !== undefined) throw unfit("to", "it is needed where there is a from");
    return { by: "everything" };
  }
  if ((from ?? 0) > to) throw unfit("from", `it must not be after to, ${formatTime(to)}`);
  return { by: "dates", from: from ?? 0, to };
}

const amounts = ["opening", "debits", "credits", "closing"] as const;

function accountView({ account, entity, currency, ...row }: AccountBalance) {
  const { opening, debits, credits, closing } = row;
  return { account, entity, currency, opening, debits, credits, closing };
}

function balanceCsv(rows: readonly AccountBalance[]): string {
  const text = (of: string) => ({ text: of, isText: true });
  const head = ["account", "entity", "currency", ...amounts].map(text);
  const lines = rows.map((row) => [
    text(row.account),
    text(row.entity ?? ""),
    text(row.currency),
    ...amounts.map((name) => ({ text: row[name], isText: false })),
  ]);
  return [head, ...lines].map(csvRecord).join("");
}
