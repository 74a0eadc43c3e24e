import { createClient, type ItemResult, type UsageEvent } from "@tallybook/client";
import type { Deployment } from "../deployment.ts";

export type StreamOptions = {
  /** Requests on the way at once. */
  readonly lanes?: number;
  /** Items in one request. */
  readonly itemsMax?: number;
  /** So many items are durable or refused by now. */
  readonly onSettled?: (items: number) => void;
};

export type Streamed = {
  /** Durable in the log. */
  readonly accepted: number;
  readonly refused: readonly Extract<ItemResult, { status: "refused" }>[];
};

/**
 * Sends items, good or not, until each is durable or refused: whatever dies on the way, they are sent again under the
 * same ids. Items of one id keep their order, for they share a lane.
 */
export async function stream(
  target: Deployment,
  items: readonly unknown[],
  options: StreamOptions = {},
): Promise<Streamed> {
  const client = createClient({ ...target, answerMsMax: 30_000 });
  const lanes = Array.from({ length: options.lanes ?? 4 }, () =>
    client.reporter({ itemsMax: options.itemsMax ?? 1_000, patienceMs: 300_000 }),
  );
  let settled = 0;
  const results = await Promise.all(
    items.map(async (item) => {
      const result = await lanes[laneOf(item, lanes.length)]?.report(item as UsageEvent);
      settled += 1;
      options.onSettled?.(settled);
      return result;
    }),
  );
  return {
    accepted: results.filter((result) => result?.status === "accepted").length,
    refused: results.filter((result) => result?.status === "refused"),
  };
}

function laneOf(item: unknown, lanes: number): number {
  const id = (item as Partial<UsageEvent>).id ?? "";
  let hash = 0;
  for (let i = 0; i < id.length; i += 1) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  return hash % lanes;
}
