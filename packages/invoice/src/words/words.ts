import type { LifeEvent } from "../life/receivables.ts";
import type { Phrase, Word } from "../page/phrase.ts";

/** A day of the calendar, each part with all its digits: `2023`, `01`, `09`. */
export interface Day {
  readonly year: string;
  readonly month: string;
  readonly day: string;
}

/** How one step of a price is told; amounts are written already, with their currency. */
export interface StepRate {
  /** What is asked for once; undefined where nothing is. */
  readonly once: string | undefined;
  /** What is asked for each; undefined where nothing is. */
  readonly each: string | undefined;
  /** What is above the cap, and so not asked for; undefined where nothing is. */
  readonly capped: string | undefined;
}

/** What takes something off an invoice, or asks for more. */
export type StandingEvent = Exclude<
  LifeEvent["what"],
  "finalized" | "sent" | "overdue" | "reminded"
>;

/** What a note says of its kind. */
export interface NoteWords {
  heading(number: string): string;
  caption(currency: string): string;
  readonly total: string;
}

/** Everything that an invoice says in words of its own, in one language, and how it writes numbers and days. */
export interface Words {
  /** BCP 47: `en`. */
  readonly language: string;
  /** Between thousands, and before decimals. */
  readonly thousands: string;
  readonly point: string;
  day(of: Day): string;
  /** Days, the last one included, or moments. */
  fromTo(from: string, to: string): string;
  inZone(days: string, zone: string): string;

  invoice(number: string): string;
  readonly draft: string;
  /** Of the document, beside whom it is for. */
  title(heading: string, buyer: string): string;

  readonly customer: string;
  readonly plan: string;
  version(name: Word, version: number): Phrase;
  /** Behind the plan. `signed`: a day, or undefined. */
  underContract(contract: Word, version: number, signed: string | undefined): Phrase;
  readonly providerCosts: string;
  readonly passThrough: string;
  readonly bundled: string;
  readonly subscription: string;
  readonly period: string;
  readonly issued: string;
  readonly drafted: string;
  readonly due: string;
  /** The day by which it is to be paid, and how many days that is behind the day of issue. */
  dueDay(day: string, days: number): string;

  caption(currency: string): string;
  readonly columns: {
    readonly line: string;
    readonly description: string;
    readonly quantity: string;
    readonly exact: string;
    readonly amount: string;
  };
  readonly together: string;
  readonly sum: string;
  readonly rounding: string;
  readonly total: string;
  readonly totalInFavour: string;
  readonly tax: {
    /** Instead of `rounding`, where there are taxes. */
    readonly rounding: string;
    readonly net: string;
    /** A tax, and what it is on; `isHeld`: prices hold it. */
    on(tax: string, base: string, isHeld: boolean): string;
    readonly exempt: string;
    readonly reverseCharge: string;
    readonly sellersNumber: string;
    readonly customersNumber: string;
    readonly taxes: string;
  };
  /** What has become of an invoice, behind its total. */
  readonly standing: {
    readonly events: Readonly<Record<StandingEvent, string>>;
    /** An event, and its day. */
    on(event: string, day: string): string;
    readonly open: string;
    /** How far the facts were known that it is told by. */
    readonly knownTo: string;
  };
  readonly notes: {
    readonly credit: NoteWords;
    readonly debit: NoteWords;
    readonly note: string;
    readonly issued: string;
    readonly reason: string;
    /** The invoice that it is on. */
    readonly onInvoice: string;
    /** What the invoice asked for on a line. */
    readonly invoiced: string;
    readonly taxKept: string;
    /** Of a credit note: off what was still to be paid. */
    readonly settled: string;
    /** Of a credit note: of what was paid already. */
    readonly credited: string;
  };
  readonly allUsage: string;
  readonly none: string;
  adjustmentsTo(days: string): string;
  readonly lateUsage: string;
  readonly putRight: string;

  /** Above tiers that stand below. */
  readonly graduated: string;
  readonly volume: string;
  readonly everyUnit: string;
  upTo(to: string): string;
  above(from: string): string;
  between(from: string, to: string): string;
  readonly includedUnits: string;
  readonly free: string;
  once(amount: string): string;
  /** `units`: null for one unit, or how many. */
  perUnits(amount: string, units: string | null): string;
  perUnitsBegun(amount: string, units: string): string;
  perWholeUnits(amount: string, units: string): string;
  perPeriod(amount: string, isInAdvance: boolean): string;
  times(factor: string): string;
  rate(of: StepRate): string;

  readonly evidence: string;
  replayedBy(command: Word): Phrase;
  readonly invoiceId: string;
  readonly knownAt: string;
  knownAtCut(cut: string, at: Word): Phrase;
  readonly journal: string;
  journalHead(step: string, head: Word): Phrase;
  /** The deployment's, of that head. */
  readonly signature: string;
  readonly code: string;
  checkedBy(code: Word, command: Word): Phrase;
  /** Of a document on paper: signs that no font of it has, by their code points. */
  notShown(signs: string): string;
}

/** What several languages share: the parts of a rate with their word for `and`. */
export function rateWith(and: string, less: (capped: string) => string, free: string) {
  return ({ once, each, capped }: StepRate): string => {
    const parts = [once, each].filter((part) => part !== undefined).join(` ${and} `);
    return (parts === "" ? free : parts) + (capped === undefined ? "" : less(capped));
  };
}
