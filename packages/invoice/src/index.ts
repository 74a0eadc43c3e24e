export { draftInvoices, dueDrafts, emptyBills, evolveBills } from "./bill.ts";
export type { Bills } from "./bill.ts";
export { amountUnderDispute, evolveDisputes, nextDispute, reportDisputes } from "./disputes.ts";
export type { Dispute, DisputeOrder, DisputeRefusal, DisputeReport, Disputes } from "./disputes.ts";
export { isDraftInShadow } from "./in-shadow.ts";
export { finalizedDraft, newDrafts, upcomingDrafts } from "./new-drafts.ts";
export type { Upcoming } from "./new-drafts.ts";
export { residualsOf } from "./residuals.ts";
export type * from "./facts.ts";
export { agedReceivable, agingBuckets, isSettled } from "./life/aging.ts";
export type { AgedReceivable, AgingBucket } from "./life/aging.ts";
export { evolveCustomerBooks, noCustomerBooks } from "./life/customer-books.ts";
export type { CustomerBook, CustomerBooks } from "./life/customer-books.ts";
export { statementOf } from "./life/statement.ts";
export type { Statement, StatementLine } from "./life/statement.ts";
export { creditsToGrant } from "./life/credits.ts";
export { decideLife } from "./life/decide.ts";
export type { LifeOrder } from "./life/decide.ts";
export type { Decision, Refused } from "./life/decision.ts";
export type * from "./life/facts.ts";
export { holdKey, holdOf } from "./life/holds.ts";
export type { Hold } from "./life/holds.ts";
export { takenOf } from "./life/movements.ts";
export { newlyOverdue } from "./life/overdue.ts";
export { newReminders } from "./life/reminders.ts";
export {
  creditOf,
  evolveReceivables,
  nameKey,
  noReceivables,
  paymentOf,
  receivableOf,
  receivablesOf,
} from "./life/receivables.ts";
export type { Payment, Receivable, Receivables } from "./life/receivables.ts";
export { standingOf } from "./life/state.ts";
export type { InvoiceStanding, InvoiceState } from "./life/state.ts";
export { isPostedFor, reversalOf } from "./life/void.ts";
export { finalize, invoiceId, roundLines, taxedDraft } from "./finalize.ts";
export type { Draft, DraftTaxes, Series } from "./finalize.ts";
export { addedTax, taxesOfLines, wholeTax } from "./tax/amounts.ts";
export type * from "./tax/facts.ts";
export { taxLines, taxName } from "./tax/lines.ts";
export type { TaxLine } from "./tax/lines.ts";
export {
  calculationId,
  calculatorRequest,
  readCalculated,
  requestDigest,
} from "./tax/calculator.ts";
export { checkMarket } from "./tax/check-market.ts";
export type { MarketCheck, MarketRow } from "./tax/check-market.ts";
export { tellTaxes } from "./tax/tell.ts";
export type { Taxable, TaxTold, TellingAt } from "./tax/tell.ts";
export { isOfSubscription, partsByLine, partsOf } from "./parts.ts";
export type { InvoicePart } from "./parts.ts";
export { nextNumber, prefixOf, takeNumber } from "./numbers.ts";
export type { Numbered, Numbers, NumberSeries } from "./numbers.ts";
export { noteSeries, seriesFor } from "./series.ts";
export { renderInvoiceHtml, renderPageHtml } from "./html/page.ts";
export { isWaiting, stripeKey } from "./stripe/books.ts";
export type { StripeHandOff, StripeMoney } from "./stripe/books.ts";
export type * from "./stripe/facts.ts";
export { stripeItems } from "./stripe/items.ts";
export type { StripeItem } from "./stripe/items.ts";
export { decideStripe } from "./stripe/orders.ts";
export type { StripeDecision, StripeOrder, StripeOutcome } from "./stripe/orders.ts";
export { collectedBy, handOffsOf } from "./stripe/queue.ts";
export type { StripeEvent } from "./stripe/take-event.ts";
export type { MadeAt } from "./page/make-page.ts";
export { contentSecurityPolicy } from "./html/style.ts";
export { draftLines, hasLines, isInvoiceable, linesAgain } from "./lines.ts";
export { renderInvoiceCsv } from "./csv.ts";
export { renderNoteCsv } from "./note-csv.ts";
export { renderNote } from "./note-render.ts";
export type { NoteDocument } from "./note-render.ts";
export { renderInvoice, taxDocument } from "./render.ts";
export type {
  InvoiceDocument,
  InvoiceDocumentLine,
  InvoiceDocumentTax,
  NumberedDocument,
} from "./render.ts";
export { makePage } from "./page/make-page.ts";
export { makeNotePage } from "./page/note-page.ts";
export type { NoteOn } from "./page/note-page.ts";
export type { StandingTo } from "./page/standing-rows.ts";
export type { Column, Detail, InvoicePage, PageTable, Row, TotalRow } from "./page/invoice-page.ts";
export { plainText } from "./page/phrase.ts";
export type { Phrase } from "./page/phrase.ts";
export {
  dueOf,
  emptyWebhooks,
  endpointKey,
  evolveWebhooks,
  secretsAt,
} from "./webhooks/deliveries.ts";
export type { Delivery, EndpointDeliveries, Webhooks } from "./webhooks/deliveries.ts";
export { messageId, toldKinds, webhookBody, webhookEventOf } from "./webhooks/events.ts";
export type { WebhookEvent } from "./webhooks/events.ts";
export type * from "./webhooks/facts.ts";
export { attemptsMax, nextAttemptAt } from "./webhooks/schedule.ts";
export {
  fingerprintOf,
  isWebhookSecret,
  signatures,
  verifyMessage,
  webhookSecret,
} from "./webhooks/signature.ts";
export type { SignedMessage, Verified } from "./webhooks/signature.ts";
export { noteVerificationCode, readVerificationCode, verificationCode } from "./verification.ts";
export { wordsIn } from "./words/languages.ts";
export type { Words } from "./words/words.ts";
