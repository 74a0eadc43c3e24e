import { MICROS_PER_SECOND, type Micros } from "@tallybook/periods";
import type { Grant } from "./grant.ts";

/** What the order of burning goes by. */
export type Ordered = Pick<Grant, "grant" | "priority" | "expiresAt" | "createdAt">;

/**
 * Which of two grants burns first, as a sort wants it: the lower priority number, then the earlier expiry by its whole second
 * (a grant that never expires comes last), then the earlier creation, then the id. The order is total, so the order in which
 * grants are given never matters.
 */
export function compareGrants(a: Ordered, b: Ordered): number {
  return (
    a.priority - b.priority ||
    compareNumbers(expirySecond(a.expiresAt), expirySecond(b.expiresAt)) ||
    a.createdAt - b.createdAt ||
    compareTexts(a.grant, b.grant)
  );
}

function expirySecond(expiresAt: Micros | null): number {
  return expiresAt === null ? Infinity : Math.floor(expiresAt / MICROS_PER_SECOND);
}

/** Two that never expire are equal, though infinity minus itself is no number. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
