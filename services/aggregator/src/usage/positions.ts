/** By partition: the last offset of `usage.raw` up to which ClickHouse has everything that was accepted. */
export type Positions = ReadonlyMap<number, number>;

/** As `/progress` has them. */
export type PositionsText = Readonly<Record<string, number>>;

const answerMsMax = 1_000;

/**
 * The positions of all partitions: those of this instance's own sinks, and those that the other instances tell of theirs. Of
 * one that does not answer there are none.
 */
export async function readPositions(
  own: () => PositionsText,
  others: readonly string[],
): Promise<Positions> {
  const answers = await Promise.all(others.map(positionsAt));
  const pairs = [...answers, own()].flatMap((each) => Object.entries(each));
  return new Map(pairs.map(([partition, offset]) => [Number(partition), offset]));
}

async function positionsAt(url: string): Promise<PositionsText> {
  try {
    const answer = await fetch(new URL("/progress", url), {
      signal: AbortSignal.timeout(answerMsMax),
    });
    const { positions } = (await answer.json()) as { readonly positions?: PositionsText };
    return positions ?? {};
  } catch {
    return {};
  }
}
