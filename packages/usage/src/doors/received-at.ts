import { parseTime, type Micros } from "@tallybook/periods";

/** Names the moment, RFC 3339, at which a request came to a spooler that forwards it. */
export const receivedAtHeader = "tallybook-received-at";

/**
 * When a request was received: when a spooler says that it came, if that is past, since an event that says no time is of that
 * moment; else now. Nobody gains by a lie there: an event may name its own time as well.
 */
export function receivedAt(header: string | undefined, now: Micros): Micros {
  const said = header === undefined ? undefined : parseTime(header);
  return said !== undefined && said < now ? said : now;
}
