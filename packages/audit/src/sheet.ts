import { add, compare, decimal, isZero, negate, sub, toText } from "@tallybook/money";
import type { Decimal } from "@tallybook/money";

import type { Micros, Period } from "@tallybook/periods";

import type { IdentityRow } from "./identity.ts";

/** Where two numbers are compared. */
export interface Place {
  readonly tenant: string;
  readonly name: string;
  readonly cut?: number;
  /** Where only one meter is meant. */
  readonly meter?: string;
  /** Where only one billing period, or month of usage, is meant: its beginning. */
  readonly from?: Micros;
  /** What exactly, for the text of a difference: a customer, an invoice. */
  readonly what?: string;
}

/** Adds up comparisons to lines of the identity. */
export interface Sheet {
  /** Adds both sides to the line, and what they differ by to its residual. */
  compare(place: Place, left: Decimal | number, right: Decimal | number): void;
  /** Adds only to the residual: a further way to a number that is on the line already. */
  check(place: Place, left: Decimal | number, right: Decimal | number): void;
  /** Lines over all cuts in the order of their first comparison; then those of each cut that has anything in it. */
  rows(): IdentityRow[];
  differences(): string[];
}

/** Which comparisons are meant: those of a meter, of what begins in a period, of a cut; all unless given. */
export interface SheetScope {
  readonly meter?: string | undefined;
  readonly period?: Period | undefined;
  readonly cut?: number | undefined;
}

interface Line {
  readonly tenant: string;
  readonly name: string;
  readonly cut?: number;
  left: Decimal;
  right: Decimal;
  residual: Decimal;
}

const differencesMax = 1_000;

export function createSheet(scope: SheetScope = {}): Sheet {
  const lines = new Map<string, Line>();
  const cutLines = new Map<string, Line>();
  const differences: string[] = [];

  function addTo(
    map: Map<string, Line>,
    place: Place,
    cut: number | undefined,
    left: Decimal,
    right: Decimal,
    residual: Decimal,
  ): void {
    const key = `${place.tenant}\u001f${place.name}\u001f${cut ?? ""}`;
    let line = map.get(key);
    if (line === undefined) {
      const { tenant, name } = place;
      line = {
        tenant,
        name,
        ...(cut === undefined ? {} : { cut }),
        left: zero,
        right: zero,
        residual: zero,
      };
      map.set(key, line);
    }
    line.left = add(line.left, left);
    line.right = add(line.right, right);
    line.residual = add(line.residual, residual);
  }

  function note(
    place: Place,
    leftGiven: Decimal | number,
    rightGiven: Decimal | number,
    isCounted: boolean,
  ): void {
    if (!isMeant(place, scope)) return;
    const [left, right] = [decimalOf(leftGiven), decimalOf(rightGiven)];
    const residual = size(sub(left, right));
    const [addedLeft, addedRight] = isCounted ? [left, right] : [zero, zero];
    addTo(lines, place, undefined, addedLeft, addedRight, residual);
    if (place.cut !== undefined) addTo(cutLines, place, place.cut, addedLeft, addedRight, residual);
    if (!isZero(residual) && differences.length < differencesMax) {
      differences.push(`${where(place)}: ${toText(left)} against ${toText(right)}`);
    }
  }

  return {
    compare: (place, left, right) => note(place, left, right, true),
    check: (place, left, right) => note(place, left, right, false),
    rows: () =>
      [...lines.values(), ...[...cutLines.values()].filter(isShown).sort(byCut)].map(rowOf),
    differences: () => differences,
  };
}

function isMeant(place: Place, { meter, period, cut }: SheetScope): boolean {
  if (meter !== undefined && place.meter !== meter) return false;
  if (cut !== undefined && place.cut !== cut) return false;
  if (period === undefined) return true;
  return place.from !== undefined && period.from <= place.from && place.from < period.to;
}

/** Of each cut, what a tenant has in it; what concerns the deployment, like its parts, only where it differs. */
function isShown({ tenant, left, right, residual }: Line): boolean {
  if (!isZero(residual)) return true;
  return tenant !== "" && (!isZero(left) || !isZero(right));
}

function byCut(a: Line, b: Line): number {
  return (a.cut ?? 0) - (b.cut ?? 0);
}

function rowOf({ left, right, residual, ...place }: Line): IdentityRow {
  return { ...place, left: toText(left), right: toText(right), residual: toText(residual) };
}

function where({ tenant, name, cut, what }: Place): string {
  const parts = [
    tenant === "" ? "" : `tenant ${tenant}`,
    name,
    cut === undefined ? "" : `cut ${cut}`,
    what ?? "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function decimalOf(given: Decimal | number): Decimal {
  return typeof given === "number" ? decimal(String(given)) : given;
}

function size(of: Decimal): Decimal {
  return compare(of, zero) < 0 ? negate(of) : of;
}

const zero = decimal("0");
