import type { KeyObject } from "node:crypto";

import { ColumnsUnavailable } from "@tallybook/columns";
import {
  committedTail,
  emptyLedger,
  evolveLedger,
  fillingRatings,
  firstRatings,
  isRatingStep,
  remainderOf,
  sealStep,
  signHead,
  tailOf,
  waitingRatings,
} from "@tallybook/journal";
import type {
  CatalogHistory,
  JournalFact,
  Ledger,
  Parked,
  StepBasis,
  StepBegun,
  TransactionPosted,
} from "@tallybook/journal";
import { pause, readAll } from "@tallybook/log";
import type { Follower, Log, Turning } from "@tallybook/log";
import { assertOwnKey } from "@tallybook/usage";
import type { CutClosed, Cuts } from "@tallybook/usage";
import { decode, encode, topics } from "@tallybook/wire";

import { computeStep } from "./compute.ts";
import type { Computed, ComputeOptions } from "./compute.ts";
import { invoicesBetween } from "./invoices.ts";
import type { InvoicesSource } from "./invoices.ts";

export interface RaterOptions {
  readonly log: Log;
  readonly cuts: Follower<Cuts>;
  readonly catalog: Follower<CatalogHistory>;
  readonly invoices: Follower<InvoicesSource>;
  readonly columns: ComputeOptions["columns"];
  readonly signingKey: KeyObject;
  readonly reached: (
    point: "rater.begun" | "rater.read" | "rater.computed" | "rater.appended",
  ) => void;
  /** Told why it cannot rate now, and with nothing when it can again. */
  readonly raise: (differences: readonly string[]) => void;
  /** Told of periods that are due at a cut for which a spool was not known to be empty. */
  readonly waiting: (at: AtStake) => void;
  /** Told where the journal stands: after taking over, and after each step with the charges that it parked. */
  readonly passed: (ledger: Ledger, parked: readonly Parked[]) => void;
  readonly stopping: AbortSignal;
  /** Milliseconds to wait before columns that could not be proven are tried again. */
  readonly retryMs?: number;
  /** Transactions that are committed at once. */
  readonly chunkMax?: number;
}

const chunkMaxUsual = 1_000;
const retryMsUsual = 2_000;

/**
 * The journal's one appender. Taking over fences the predecessor; then the committed journal is read. A step that stands
 * there without its head is computed again from its StepBegun and continued behind the transactions that are there.
 */
export async function openRater(options: RaterOptions): Promise<Turning> {
  const { log, reached, chunkMax = chunkMaxUsual, retryMs = retryMsUsual } = options;
  const writer = await log.transactor("tallybook.rater");
  const ledger = await readLedger(log);
  options.passed(ledger, []);

  async function append(facts: readonly JournalFact[]): Promise<void> {
    await writer.commit(
      facts.map((fact) => ({
        topic: topics.journal,
        partition: 0,
        key: null,
        value: encode(fact),
      })),
    );
    for (const fact of facts) evolveLedger(ledger, fact);
  }

  async function post(
    begun: StepBegun,
    closed: CutClosed,
    sealed: readonly TransactionPosted[],
  ): Promise<void> {
    if (ledger.open === null) {
      await append([begun]);
      reached("rater.begun");
    }
    if (ledger.open === null) throw new Error(`step ${begun.step} was begun and is not open`);
    const rest = remainderOf(ledger.open, sealed);
    while (rest.length > chunkMax) {
      await append(rest.splice(0, chunkMax));
      reached("rater.appended");
    }
    const { seq, hash } = rest.at(-1) ?? tailOf(ledger);
    const { step, cut, invoices_offset } = begun;
    const head = signHead(
      { step, cut, cut_root: closed.root, seq, hash, invoices_offset },
      options.signingKey,
    );
    await append([...rest, head]);
    reached("rater.appended");
  }

  return {
    async turn() {
      const begun =
        ledger.open?.begun ?? nextStep(ledger, options.cuts.state(), options.invoices.state());
      if (begun === undefined) return "idle";
      const closed = await closedCut(options, begun.cut);
      const computed = await compute(begun, ledger, options);
      if (computed.kind === "unproven") {
        options.raise(computed.differences);
        await pause(retryMs, options.stopping);
        return "waiting";
      }
      options.raise([]);
      reached("rater.computed");
      await post(
        begun,
        closed,
        sealStep(committedTail(ledger), begun.step, computed.step.transactions),
      );
      options.passed(ledger, computed.step.parked);
      return "worked";
    },
    close: () => writer.close(),
  };
}

/** The next closed cut, if there is one; else new invoices at the cut that was rated last. */
export function nextStep(
  ledger: Ledger,
  cuts: Cuts,
  invoices: InvoicesSource,
): StepBegun | undefined {
  const { head } = ledger;
  const isNews = invoices.end > (head?.invoices_offset ?? 0);
  const closed =
    cuts.closed[(head?.cut ?? -1) + 1] ?? (isNews ? cuts.closed[head?.cut ?? -1] : undefined);
  if (closed === undefined) return undefined;
  const { cut, time, catalog_offset } = closed;
  return {
    kind: "StepBegun",
    step: (head?.step ?? -1) + 1,
    cut,
    time,
    catalog_offset,
    invoices_offset: invoices.end,
  };
}

async function compute(begun: StepBegun, ledger: Ledger, options: RaterOptions): Promise<Computed> {
  const { catalog, invoices } = options;
  await catalog.until((_, offset) => offset >= begun.catalog_offset, options.stopping);
  await invoices.until(({ end }) => end >= begun.invoices_offset, options.stopping);
  const basis = {
    begun,
    ledger,
    catalogAt: (offset: number) => catalog.state().at(offset),
    opened: options.cuts.state().opened,
    fills: options.cuts.state().fills,
  };
  if (isRatingStep(basis)) options.waiting(periodsAtStake(basis));
  const taken = invoicesBetween(
    invoices.state(),
    ledger.head?.invoices_offset ?? 0,
    begun.invoices_offset,
  );
  try {
    return await computeStep(basis, taken, { ...options, cuts: options.cuts.state() });
  } catch (error) {
    if (error instanceof ColumnsUnavailable)
      return { kind: "unproven", differences: [error.message] };
    throw error;
  }
}

/** Periods that are due at the step's cut, and of which not all usage is known to be there. */
export interface AtStake {
  readonly cut: number;
  /** They wait for a cut at which all spools are empty. */
  readonly waiting: number;
  /** They have waited long enough: they are rated without what may still be in a spool. */
  readonly rated: number;
  /** They wait for a cut at which the history of a meter is filled. */
  readonly filling: number;
}

function periodsAtStake(basis: StepBasis): AtStake {
  const { cut } = basis.begun;
  const filling = fillingRatings(basis).length;
  if (basis.opened[cut]?.complete !== false) return { cut, waiting: 0, rated: 0, filling };
  const [waiting, rated] = [waitingRatings(basis).length, firstRatings(basis).length];
  return { cut, waiting, rated, filling };
}

async function closedCut(
  { cuts, signingKey, stopping }: RaterOptions,
  cut: number,
): Promise<CutClosed> {
  await cuts.until(({ closed }) => closed.length > cut, stopping);
  const { closed, deployment } = cuts.state();
  const found = closed[cut];
  if (found === undefined || deployment === undefined)
    throw new Error(`cut ${cut} is closed and cannot be found`);
  assertOwnKey(signingKey, deployment);
  return found;
}

async function readLedger(log: Log): Promise<Ledger> {
  const ledger = emptyLedger();
  for await (const record of readAll(log, topics.journal, 0))
    evolveLedger(ledger, decode(record.value) as JournalFact);
  return ledger;
}
