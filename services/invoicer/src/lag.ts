import { findLast } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { decode, topics } from "@tallybook/wire";

/** Whether the invoicer has work: a head stands on the journal behind the last step that it has decided; -1: none. */
export async function invoicerLag(log: Log, stepDecided: number): Promise<boolean> {
  const last = await findLast(
    log,
    topics.journal,
    0,
    ({ value }) => {
      const fact = decode(value);
      return fact.kind === "HeadSigned" ? fact.step : undefined;
    },
    { spanMin: 20 },
  );
  return (last ?? -1) > stepDecided;
}
