import type { CatalogHistory } from "@tallybook/journal";
import { follow, followCatalogHistory, followCuts } from "@tallybook/log";
import type { Follower, Log, Pace } from "@tallybook/log";
import type { Cuts } from "@tallybook/usage";
import { topics } from "@tallybook/wire";

import { emptyInvoicesSource, evolveInvoicesSource } from "./invoices.ts";
import type { InvoicesSource } from "./invoices.ts";

/** What the rater goes by, besides usage. */
export interface Sources {
  readonly cuts: Follower<Cuts>;
  readonly catalog: Follower<CatalogHistory>;
  readonly invoices: Follower<InvoicesSource>;
}

/** Follows every topic that a step is computed from; whoever asks closes each. */
export async function followSources(log: Log, pace: Pace = {}): Promise<Sources> {
  return {
    cuts: await followCuts(log, pace),
    catalog: await followCatalogHistory(log, pace),
    invoices: await follow({
      ...pace,
      log,
      topic: topics.invoices,
      initial: emptyInvoicesSource(),
      evolve: evolveInvoicesSource,
    }),
  };
}
