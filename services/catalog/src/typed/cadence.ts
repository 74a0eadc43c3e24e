/** How often a plan of the typed API bills. */
export const cadences = [
  "Daily",
  "Weekly",
  "Monthly",
  "Quarterly",
  "SemiAnnual",
  "Annual",
  "Yearly",
] as const;

export type Cadence = (typeof cadences)[number];

/** Periods of that length from the subscription's start, as a document writes a calendar. */
export function calendarOf(cadence: Cadence) {
  return { ...lengthByCadence[cadence], anchor: "anniversary" } as const;
}

const lengthByCadence: Readonly<
  Record<Cadence, { readonly every: string; readonly unit: "day" | "week" | "month" | "year" }>
> = {
  Daily: { every: "1", unit: "day" },
  Weekly: { every: "1", unit: "week" },
  Monthly: { every: "1", unit: "month" },
  Quarterly: { every: "3", unit: "month" },
  SemiAnnual: { every: "6", unit: "month" },
  Annual: { every: "1", unit: "year" },
  Yearly: { every: "1", unit: "year" },
};
