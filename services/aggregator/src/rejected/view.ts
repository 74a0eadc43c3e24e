import type { RejectedRow } from "@tallybook/columns";
import { formatTime } from "@tallybook/periods";
import { againOf } from "@tallybook/usage";
import type { Again, UsageRefused, UsageReported } from "@tallybook/usage";

/** Of a refused item so much is kept: a longer one cannot be sent again. */
const keptBytesMax = 64 * 1024;

/** The record's place in `usage.raw`, by which it is called. */
export function nameOf({ place, raw_offset }: Pick<RejectedRow, "place" | "raw_offset">): string {
  return `${place[1]}-${raw_offset}`;
}

export function rejectedView(row: RejectedRow): object {
  const { place, verdict, reason, field, detail, source, id, type, customer } = row;
  return {
    rejected: nameOf(row),
    verdict,
    reason,
    field: field === "" ? null : field,
    detail,
    cut: place[0],
    source,
    id,
    type,
    customer,
  };
}

/** What the record itself says, where it can be read, and the request that sends it again. */
export function contentView(fact: UsageRefused | UsageReported | null): object {
  if (fact === null)
    return { door: null, api_key: null, received_at: null, content: null, again: null };
  const { door, api_key, received_at } = fact;
  const arrived = received_at === null ? null : formatTime(received_at);
  const content = fact.kind === "UsageRefused" ? textOf(fact.bytes) : JSON.stringify(said(fact));
  const again = fact.kind === "UsageRefused" ? againOfItem(fact, content) : againOfEvent(content);
  return { door, api_key, received_at: arrived, content, again: viewOf(again) };
}

function viewOf(again: Again | undefined): object | null {
  return again === undefined
    ? null
    : { path: again.path, content_type: again.type, body: again.body };
}

function againOfItem({ door, bytes }: UsageRefused, content: string | null): Again | undefined {
  if (content === null || bytes.length >= keptBytesMax) return undefined;
  return againOf(door, content);
}

function againOfEvent(content: string | null): Again | undefined {
  return content === null ? undefined : againOf("native", content);
}

/** An event as our own form has it, with the time at which it counts written out. */
function said(event: UsageReported): object {
  const { id, source, type, customer, subscription, properties, target, correction } = event;
  const time = event.time ?? event.received_at;
  const timed = time === null ? {} : { time: formatTime(time) };
  if (target === null) return { id, source, type, customer, subscription, ...timed, properties };
  const { reason = "", retracts = false } = correction ?? {};
  if (retracts) return { id, source, retracts: target, reason };
  const own = event.time === null ? {} : timed;
  const who = {
    ...(type === "" ? {} : { type }),
    ...(customer === "" ? {} : { customer }),
    ...(subscription === null ? {} : { subscription }),
  };
  return { id, source, corrects: target, reason, ...who, ...own, properties };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}
