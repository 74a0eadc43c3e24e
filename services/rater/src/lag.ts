import { findLast, isBehind } from "@tallybook/log";
import type { Log } from "@tallybook/log";
import { decode, topics } from "@tallybook/wire";
import type { Fact } from "@tallybook/wire";

/** Whether the rater has work: a cut is closed that its last head has not passed, or invoices came behind that head. */
export async function raterLag(log: Log): Promise<boolean> {
  const head = await lastOf(log, topics.journal, "HeadSigned");
  const closed = await lastOf(log, topics.cuts, "CutClosed");
  if ((closed?.cut ?? -1) > (head?.cut ?? -1)) return true;
  return isBehind(log, topics.invoices, 0, head?.invoices_offset ?? 0);
}

function lastOf<Kind extends Fact["kind"]>(
  log: Log,
  topic: string,
  kind: Kind,
): Promise<Extract<Fact, { kind: Kind }> | undefined> {
  return findLast(
    log,
    topic,
    0,
    ({ value }) => {
      const fact = decode(value);
      return fact.kind === kind ? (fact as Extract<Fact, { kind: Kind }>) : undefined;
    },
    { spanMin: 20 },
  );
}
