import type { TransactionPosted } from "@tallybook/journal";
import type { Log } from "@tallybook/log";
import { formatTime } from "@tallybook/periods";
import { decode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

/** Where each transaction stands on the topic `journal`, by its sequence number. The fold owns its list. */
export type JournalIndex = number[];

export function evolveJournalIndex(index: JournalIndex, fact: Fact, offset: number): JournalIndex {
  if (fact.kind === "TransactionPosted") index[fact.seq] = offset;
  return index;
}

export interface JournalPage {
  readonly transactions: readonly object[];
  /** Pass it as `after` for the next page; null at the end. */
  readonly next: number | null;
}

const bytesMax = 1024 * 1024;
/** Transactions looked at for one page, those of other tenants among them. */
const lookedAtMax = 20_000;

/** A tenant's transactions behind a sequence number, in order. */
export async function readJournalPage(
  log: Log,
  index: JournalIndex,
  {
    tenant,
    after,
    limit,
  }: { readonly tenant: string; readonly after: number; readonly limit: number },
): Promise<JournalPage> {
  const transactions: object[] = [];
  let offset = index[after + 1];
  if (offset === undefined) return { transactions, next: null };
  const last = index.length - 1;
  for (;;) {
    const fetched = await log.fetch(topics.journal, 0, offset, { bytesMax, waitMsMax: 0 });
    for (const { value } of fetched.records) {
      const fact = decode(value);
      if (fact.kind !== "TransactionPosted") continue;
      if (fact.tenant === tenant) transactions.push(transactionView(fact));
      if (fact.seq >= last) return { transactions, next: null };
      if (transactions.length >= limit || fact.seq - after >= lookedAtMax)
        return { transactions, next: fact.seq };
    }
    if (fetched.next === offset) return { transactions, next: null };
    offset = fetched.next;
  }
}

function transactionView({
  kind: _,
  previous,
  hash,
  date,
  evidence,
  ...rest
}: TransactionPosted): object {
  return {
    ...rest,
    date: formatTime(date),
    previous: Buffer.from(previous).toString("hex"),
    hash: Buffer.from(hash).toString("hex"),
    evidence: {
      ...evidence,
      period_from: formatTime(evidence.period_from),
      period_to: formatTime(evidence.period_to),
    },
  };
}
