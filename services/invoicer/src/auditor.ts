import { createHash } from "node:crypto";

import { knownAt, NoSuchLine, replay, replayMoved, upcoming } from "@tallybook/audit";
import type {
  KnownAt,
  KnownAtOptions,
  Replay,
  ReplayedMovement,
  UpcomingInvoices,
} from "@tallybook/audit";
import type { Columns } from "@tallybook/columns";
import type { DisputeOpened, Residual } from "@tallybook/invoice";
import type { Log } from "@tallybook/log";
import { Problem } from "@tallybook/service";

/** Computes what was billed again, for who asks before something is settled. */
export interface Auditor {
  /** What of a draft does not come out again from the log; empty where all of it does. Throws a Problem (503) where nobody can say. */
  residualsOf(tenant: string, invoice: string): Promise<readonly Residual[]>;
  /** A line as it comes out now, for a dispute to hold. */
  replayed(
    tenant: string,
    invoice: string,
    line: number,
  ): Promise<Pick<DisputeOpened, "replay_verdict" | "replay_detail" | "replay_digest">>;
  /** An invoice as it comes out now. Throws a Problem (404) where it has no such line. */
  replay(tenant: string, invoice: string, line: number | undefined): Promise<Replay>;
  /** Payments, notes, uses of credit and voids of that name, as they come out now; empty where there is none. */
  replayMoved(tenant: string, name: string): Promise<readonly ReplayedMovement[]>;
  /** What the usage of an invoice comes to by what was known at another cut. Throws a Problem (404) where there is no such cut. */
  knownAt(tenant: string, invoice: string, at: KnownAtOptions["at"]): Promise<KnownAt>;
  /** What stands to be invoiced to a customer. */
  upcoming(tenant: string, customer: string): Promise<UpcomingInvoices>;
}

/** Each reads the small topics whole. */
const atOnceMax = 2;

export function createAuditor(given: {
  readonly log: Log;
  readonly columns: Pick<Columns, "readUsage" | "readNamed" | "readStretches">;
}): Auditor {
  let underWay = 0;
  async function alone<Answer>(answer: () => Promise<Answer>): Promise<Answer> {
    if (underWay >= atOnceMax) throw unable("Other invoices are computed again at the moment");
    underWay += 1;
    try {
      return await answer();
    } finally {
      underWay -= 1;
    }
  }
  return {
    async residualsOf(tenant, invoice) {
      try {
        return residualsIn(await alone(() => replay({ ...given, tenant, invoice })));
      } catch (error) {
        if (error instanceof Problem) throw error;
        throw unable(`The draft cannot be computed again: ${(error as Error).message}`);
      }
    },
    async replayed(tenant, invoice, line) {
      try {
        const found = await alone(() => replay({ ...given, tenant, invoice, line }));
        const { verdict } = found;
        return {
          replay_verdict: verdict.kind === "equal" ? "exact" : verdict.kind,
          replay_detail: verdict.kind === "equal" ? "" : differenceText(verdict.first),
          replay_digest: createHash("sha256").update(JSON.stringify(found)).digest(),
        };
      } catch (error) {
        // A dispute is taken whether or not anybody can compute the line.
        const replay_detail = (error as Error).message;
        return { replay_verdict: "unable", replay_detail, replay_digest: new Uint8Array() };
      }
    },
    replay: (tenant, invoice, line) =>
      answered(() => alone(() => replay({ ...given, tenant, invoice, line }))),
    replayMoved: (tenant, name) =>
      answered(() => alone(() => replayMoved({ log: given.log, tenant, name }))),
    knownAt: (tenant, invoice, at) =>
      answered(() => alone(() => knownAt({ ...given, tenant, invoice, at }))),
    upcoming: (tenant, customer) =>
      answered(() => alone(() => upcoming({ ...given, tenant, customer }))),
  };
}

/** To whoever asked over HTTP. */
async function answered<Answer>(answer: () => Promise<Answer>): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { message } = error as Error;
    if (error instanceof NoSuchLine)
      throw new Problem({ status: 404, title: "Not Found", detail: `${message}.` });
    throw unable(`The invoice cannot be computed again: ${message}`);
  }
}

function residualsIn({ lines, compared }: Replay): Residual[] {
  const ofLines = lines.flatMap(({ line, verdict }) =>
    verdict.kind === "equal" ? [] : [residualOf(`line ${line}`, verdict.first)],
  );
  return [
    ...ofLines,
    ...compared.filter(({ equal }) => !equal).map((each) => residualOf("events", each)),
  ];
}

type Difference = Replay["compared"][number];

function residualOf(what: string, { step, what: of, billed, recomputed }: Difference): Residual {
  return { name: `${step}: ${of}`, what, residual: `${billed} against ${recomputed}` };
}

function differenceText({ step, what, billed, recomputed }: Difference): string {
  return `${step}, ${what}: ${billed} against ${recomputed}`;
}

function unable(detail: string): Problem {
  const headers = { "retry-after": "2" };
  return new Problem({
    status: 503,
    title: "Service Unavailable",
    detail: `${detail}: send it again.`,
    headers,
  });
}
