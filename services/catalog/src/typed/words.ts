/** Under which heading the document has the typed API. */
export const typedTag = "Typed API";

/** Who a customer is. */
export const accountTypes = ["Organization", "Individual"] as const;

export const trialDaysMax = 3_650;
