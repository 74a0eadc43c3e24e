import { fillsHiddenAt } from "@tallybook/usage";
import type { Fill, Fills } from "@tallybook/usage";

/** A condition on rows, with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A fill whose rows are meant: in the cuts that it fills, its meter has no others. */
export type FillRows = Pick<Fill, "tenant" | "meter" | "last_cut">;

/** Holds for all rows but those of these fills; to stand behind another. Of every table that has tenant, meter and cut. */
export function withoutFills(hidden: readonly FillRows[]): Condition {
  const { terms, parameters } = termsOf(hidden, "hidden");
  return { sql: terms.map((term) => ` AND NOT ${term}`).join(""), parameters };
}

/** A condition on what is known, and of it alone the part that leaves fills out which are not known yet. */
export interface Known extends Condition {
  readonly hidden: string;
}

/** Holds for rows that became known at the cuts from `cutMin` to `cutMax`: by their own cut, or by the fill that added them. */
export function knownBetween(fills: Fills, cutMin: number, cutMax: number): Known {
  const added = [...fills.values()].filter(
    ({ cut }) => cut !== null && cut >= cutMin && cut <= cutMax,
  );
  const { terms, parameters } = termsOf(cutMin === 0 ? [] : added, "added");
  const hidden = withoutFills(fillsHiddenAt(fills, cutMax));
  const own = ["cut BETWEEN {cutMin:UInt32} AND {cutMax:UInt32}", ...terms].join(" OR ");
  return {
    sql: `(${own})${hidden.sql}`,
    hidden: hidden.sql,
    parameters: { cutMin, cutMax, ...parameters, ...hidden.parameters },
  };
}

function termsOf(fills: readonly FillRows[], as: string) {
  const parameters: Record<string, unknown> = {};
  const terms = fills.map(({ tenant, meter, last_cut }, at) => {
    const [ofTenant, ofMeter, upTo] = [
      `${as}_tenant_${at}`,
      `${as}_meter_${at}`,
      `${as}_cut_${at}`,
    ];
    Object.assign(parameters, { [ofTenant]: tenant, [ofMeter]: meter, [upTo]: last_cut });
    return `(tenant = {${ofTenant}:String} AND meter = {${ofMeter}:String} AND cut <= {${upTo}:UInt32})`;
  });
  return { terms, parameters };
}
