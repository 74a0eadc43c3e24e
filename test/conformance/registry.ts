import type { Given, System } from "./case.ts";
import { calendars } from "./families/calendars.ts";
import { closing } from "./families/closing.ts";
import { credits } from "./families/credits.ts";
import { events } from "./families/events.ts";
import { invoices } from "./families/invoices.ts";
import { lines } from "./families/lines.ts";
import { proration } from "./families/proration.ts";
import { rating } from "./families/rating.ts";
import { rounding } from "./families/rounding.ts";
import { several } from "./families/several.ts";
import type { Got } from "./values.ts";

/** Translates a case into the engine's terms and its answer back: no rule of money lives here. */
export type Adapter = (given: Given, about: About) => Got;

export interface About {
  readonly system: System;
}

/** Kinds of cases that belong together. A family more is a file more in `families`, and a line more below. */
export interface Family {
  readonly adapters: Readonly<Record<string, Adapter>>;
  /** Names of lists whose order their source does not assert. */
  readonly unordered: readonly string[];
}

const families: readonly Family[] = [
  rating,
  events,
  rounding,
  lines,
  proration,
  invoices,
  several,
  calendars,
  closing,
  credits,
];

export const familyByKind: ReadonlyMap<string, Family> = new Map(
  families.flatMap((family) => Object.keys(family.adapters).map((kind) => [kind, family] as const)),
);
