import type { KeyObject } from "node:crypto";

import { ColumnsUnavailable } from "@tallybook/columns";
import type { Columns } from "@tallybook/columns";
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
  HeadSigned,
  JournalFact,
  Ledger,
  Parked,
  RatedStep,
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
import type { Computed } from "./compute.ts";
import { createProofs, spanFrom } from "./proofs.ts";
import type { Proofs } from "./proofs.ts";
import { takenBetween } from "./invoices.ts";
import type { InvoicesSource } from "./invoices.ts";

export interface RaterOptions {
  readonly log: Log;
  readonly cuts: Follower<Cuts>;
  readonly catalog: Follower<CatalogHistory>;
  readonly invoices: Follower<InvoicesSource>;
  readonly columns: Pick<Columns, "readUsage" | "proveParts">;
  readonly signingKey: KeyObject;
  readonly reached: (
    point: "rater.begun" | "rater.read" | "rater.computed" | "rater.appended",
  ) => void;
  /** Told why it cannot rate now, and with nothing when it can again. */
  readonly raise: (differences: readonly string[]) => void;
  /** Told of periods that are due at a cut for which a spool was not known to be empty. */
  readonly waiting: (at: AtStake) => void;
  /** Told where the journal stands: after taking over, and after steps with the charges that they parked. */
  readonly passed: (head: HeadSigned | null, parked: readonly Parked[]) => void;
  readonly stopping: AbortSignal;
  /** Milliseconds to wait before columns that could not be proven are tried again. */
  readonly retryMs?: number;
  /** Transactions that are committed at once. */
  readonly chunkMax?: number;
}

const chunkMaxUsual = 1_000;
const retryMsUsual = 2_000;
/** Steps that are computed between two proofs, at most. */
const stepsMax = 32;

/** A step that is computed, and not yet in the journal. */
interface ComputedStep {
  /** Undefined where it stands there: the step was interrupted. */
  readonly begun: StepBegun | undefined;
  /** Those that do not stand there. */
  readonly transactions: readonly TransactionPosted[];
  readonly head: HeadSigned;
  readonly parked: readonly Parked[];
}

/**
 * The journal's one appender. Taking over fences the predecessor; then the committed journal is read. A step that stands
 * there without its head is computed again from its StepBegun and continued behind the transactions that are there.
 *
 * Where several closed cuts wait, their steps are computed one behind the other between one proof and the next, each from
 * the ledger that the one before it leaves, and appended together: to the byte what each would have been alone.
 */
export async function openRater(options: RaterOptions): Promise<Turning> {
  const { log, reached, chunkMax = chunkMaxUsual, retryMs = retryMsUsual } = options;
  const writer = await log.transactor("tallybook.rater");
  /** With the steps that are computed and not appended. */
  let ledger = await readLedger(log);
  options.passed(ledger.head, []);
  /** One after a proof that failed, and more with each that does not: what is wrong with a later cut keeps no earlier one. */
  let stepsAtOnce = stepsMax;

  async function append(facts: readonly JournalFact[]): Promise<void> {
    await writer.commit(
      facts.map((fact) => ({
        topic: topics.journal,
        partition: 0,
        key: null,
        value: encode(fact),
      })),
    );
  }

  async function post(steps: readonly ComputedStep[]): Promise<void> {
    const waiting: JournalFact[] = [];
    for (const { begun, transactions, head } of steps) {
      if (begun !== undefined) waiting.push(begun);
      if (begun !== undefined && transactions.length > 0) {
        await append(waiting.splice(0));
        reached("rater.begun");
      }
      for (const transaction of transactions) {
        if (waiting.push(transaction) < chunkMax) continue;
        await append(waiting.splice(0));
        reached("rater.appended");
      }
      waiting.push(head);
    }
    await append(waiting);
    reached("rater.appended");
  }

  /** Folds a computed step into the ledger, as if it stood in the journal. */
  function take(begun: StepBegun, closed: CutClosed, { transactions, parked }: RatedStep) {
    const sealed = sealStep(committedTail(ledger), begun.step, transactions);
    const isNew = ledger.open === null;
    if (isNew) evolveLedger(ledger, begun);
    if (ledger.open === null) throw new Error(`step ${begun.step} was begun and is not open`);
    const rest = remainderOf(ledger.open, sealed);
    for (const transaction of rest) evolveLedger(ledger, transaction);
    const { seq, hash } = tailOf(ledger);
    const { step, cut, invoices_offset } = begun;
    const head = signHead(
      { step, cut, cut_root: closed.root, seq, hash, invoices_offset },
      options.signingKey,
    );
    evolveLedger(ledger, head);
    return { begun: isNew ? begun : undefined, transactions: rest, head, parked };
  }

  /** The steps from one on, proven. Where they are not, some may be in the ledger: see `turn`. */
  async function computeSteps(first: StepBegun): Promise<Computed<ComputedStep[]>> {
    const cuts = options.cuts.state();
    const most = isRatingStep({ begun: first, ledger }) ? stepsAtOnce : 1;
    const span = spanFrom(cuts, first.cut, most);
    const proofs = createProofs(options.columns, cuts, span);
    const steps: ComputedStep[] = [];
    let facts = 0;
    for (let begun: StepBegun | undefined = first; begun !== undefined;) {
      const closed = await closedCut(options, begun.cut);
      const computed = await compute(begun, ledger, { ...options, proofs });
      if (computed.kind === "unproven") return computed;
      facts += computed.step.transactions.length;
      const isLast: boolean =
        begun.cut >= span.last || facts >= chunkMax || options.stopping.aborted;
      const proof = isLast ? await orUnproven(() => proofs.again()) : proven;
      if (!proof.ok) return { kind: "unproven", differences: proof.differences };
      steps.push(take(begun, closed, computed.step));
      begun = isLast ? undefined : nextStep(ledger, cuts, options.invoices.state());
    }
    return { kind: "rated", step: steps };
  }

  return {
    async turn() {
      const begun =
        ledger.open?.begun ?? nextStep(ledger, options.cuts.state(), options.invoices.state());
      if (begun === undefined) return "idle";
      const { head } = ledger;
      const computed = await computeSteps(begun);
      if (computed.kind === "unproven") {
        // What was computed before that is not in the journal.
        if (ledger.head !== head) ledger = await readLedger(log);
        if (stepsAtOnce > 1) {
          stepsAtOnce = 1;
          return "worked";
        }
        options.raise(computed.differences);
        await pause(retryMs, options.stopping);
        return "waiting";
      }
      stepsAtOnce = Math.min(2 * stepsAtOnce, stepsMax);
      options.raise([]);
      reached("rater.computed");
      await post(computed.step);
      options.passed(
        ledger.head,
        computed.step.flatMap(({ parked }) => parked),
      );
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

async function compute(
  begun: StepBegun,
  ledger: Ledger,
  options: RaterOptions & { readonly proofs: Proofs },
): Promise<Computed<RatedStep>> {
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
  const taken = takenBetween(
    invoices.state(),
    ledger.head?.invoices_offset ?? 0,
    begun.invoices_offset,
  );
  const computed = await orUnproven(() =>
    computeStep(basis, taken, { ...options, cuts: options.cuts.state() }),
  );
  return "kind" in computed ? computed : { kind: "unproven", differences: computed.differences };
}

const proven = { ok: true } as const;

/** Columns that do not answer prove nothing. */
async function orUnproven<Answer>(
  ask: () => Promise<Answer>,
): Promise<Answer | { readonly ok: false; readonly differences: readonly string[] }> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ColumnsUnavailable) return { ok: false, differences: [error.message] };
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
