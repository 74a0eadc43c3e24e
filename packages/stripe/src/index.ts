export { connectStripe, StripeAway, StripeRefusal } from "./api.ts";
export type { KnownInvoice, StripeApi } from "./api.ts";
export { readStripeEvent, toleranceSeconds } from "./event.ts";
export type { ReadEvent } from "./event.ts";
