import type { Role } from "@tallybook/catalog";
import type {
  Adjustment,
  AdjustmentInput,
  Billed,
  InvoiceDocument,
  InvoiceEvidence,
  InvoiceFilter,
  InvoicePage,
  InvoiceTax,
  JournalFilter,
  JournalPage,
  Progress,
} from "./billing.ts";
import type {
  CustomerFilter,
  PlanFilter,
  SubscriptionFilter,
  ApiKey,
  Applied,
  CatalogDocument,
  ChangeTime,
  SubscriptionChange,
  Clock,
  Customer,
  CustomerInput,
  KeyScope,
  Listed,
  ListFilter,
  Meter,
  MeterInput,
  NewApiKey,
  NewTenant,
  Noted,
  PageFilter,
  Plan,
  PlanInput,
  Settings,
  SettingsInput,
  Subscription,
  SubscriptionInput,
  Versioned,
} from "./catalog.ts";
import { createCall } from "./call.ts";
import { openTracker, type TrackerOptions } from "./open-tracker.ts";
import { createReporter, type Reporter, type ReporterOptions } from "./reporter.ts";
import { createAsk, type ClientOptions } from "./request.ts";
import type { Tracker } from "./tracker.ts";
import type {
  AcceptedItem,
  BatchAnswer,
  SubscriptionUsage,
  SubscriptionUsageFilter,
  UsageEvent,
  UsageFilter,
  UsageSeries,
} from "./usage.ts";

export type Client = ReturnType<typeof createClient>;

/** A function per route of the API. Each throws `ApiProblem` for an answer that is not 2xx, and `Unanswered` for none. */
export function createClient(options: ClientOptions) {
  const ask = createAsk(options);
  const reportUsageBatch = (events: readonly UsageEvent[]): Promise<BatchAnswer> =>
    ask("/v1/events/batch", { body: { events } });
  return {
    /** Any operation of `GET /openapi.json`, typed by it: `call("GET /v1/usage", { query: { … } })`. */
    call: createCall(ask),
    /** Durable when it resolves. */
    reportUsage: (event: UsageEvent): Promise<Omit<AcceptedItem, "index">> =>
      ask("/v1/events", { body: event }),
    /** Up to 10,000 events, with a result for each. Throws only where none was accepted. */
    reportUsageBatch,
    /** Collects single events into batches and sends them until they are taken. */
    reporter: (reporterOptions?: ReporterOptions): Reporter =>
      createReporter(reportUsageBatch, reporterOptions),
    /** Takes single events at once and sends them in the background; with a spool they outlive the process. */
    tracker: (trackerOptions: TrackerOptions = {}): Promise<Tracker> =>
      openTracker(ask, trackerOptions),
    /** What a subscription has used in a period, the running one unless given; counts all that was acknowledged before. */
    getSubscriptionUsage: (
      subscription: string,
      filter: SubscriptionUsageFilter = {},
    ): Promise<SubscriptionUsage> =>
      ask(`/v1/subscriptions/${segment(subscription)}/usage`, { query: texts(filter) }),
    /** What was used of a meter by windows of time and groups; counts all that was acknowledged before. */
    getUsage: (filter: UsageFilter): Promise<UsageSeries> =>
      ask("/v1/usage", { query: texts(filter) }),

    apply: (document: CatalogDocument): Promise<Applied> => ask("/v1/apply", { body: document }),
    publishMeter: (meter: MeterInput): Promise<Applied> => ask("/v1/meters", { body: meter }),
    listMeters: (page: ListFilter = {}): Promise<Listed<"meters", Meter>> =>
      ask("/v1/meters", { query: texts(page) }),
    getMeter: (meter: string): Promise<Versioned<Meter>> => ask(`/v1/meters/${segment(meter)}`),
    publishPlan: (plan: PlanInput): Promise<Applied> => ask("/v1/plans", { body: plan }),
    listPlans: (page: PlanFilter = {}): Promise<Listed<"plans", Plan>> =>
      ask("/v1/plans", { query: texts(page) }),
    getPlan: (plan: string): Promise<Versioned<Plan>> => ask(`/v1/plans/${segment(plan)}`),
    createCustomer: (customer: CustomerInput): Promise<Applied> =>
      ask("/v1/customers", { body: customer }),
    listCustomers: (page: CustomerFilter = {}): Promise<Listed<"customers", Customer>> =>
      ask("/v1/customers", { query: texts(page) }),
    getCustomer: (customer: string): Promise<Customer> => ask(`/v1/customers/${segment(customer)}`),
    startSubscription: (subscription: SubscriptionInput): Promise<Applied> =>
      ask("/v1/subscriptions", { body: subscription }),
    listSubscriptions: (
      page: SubscriptionFilter = {},
    ): Promise<Listed<"subscriptions", Subscription>> =>
      ask("/v1/subscriptions", { query: texts(page) }),
    getSubscription: (subscription: string): Promise<Subscription> =>
      ask(`/v1/subscriptions/${segment(subscription)}`),
    changeSubscription: (subscription: string, change: SubscriptionChange): Promise<Applied> =>
      ask(`/v1/subscriptions/${segment(subscription)}/change`, { body: change }),
    pauseSubscription: (subscription: string, time: ChangeTime = {}): Promise<Applied> =>
      ask(`/v1/subscriptions/${segment(subscription)}/pause`, { body: time }),
    resumeSubscription: (subscription: string, time: ChangeTime = {}): Promise<Applied> =>
      ask(`/v1/subscriptions/${segment(subscription)}/resume`, { body: time }),
    cancelSubscription: (subscription: string, time: ChangeTime = {}): Promise<Applied> =>
      ask(`/v1/subscriptions/${segment(subscription)}/cancel`, { body: time }),
    /** `end` is RFC 3339, exclusive. */
    endSubscription: (subscription: string, end: string): Promise<Applied> =>
      ask(`/v1/subscriptions/${segment(subscription)}/end`, { body: { end } }),

    /** Puts right what was billed: it stands on the subscription's next invoice. */
    orderAdjustment: (adjustment: AdjustmentInput): Promise<Adjustment> =>
      ask("/v1/adjustments", { body: adjustment }),

    /** For an admin of the tenant `default`. */
    createTenant: (tenant: string, name?: string): Promise<NewTenant> =>
      ask("/v1/tenants", { body: { tenant, name } }),
    createApiKey: (role: Role, scope: KeyScope = {}): Promise<NewApiKey> =>
      ask("/v1/api-keys", { body: { role, ...scope } }),
    listApiKeys: (page: PageFilter = {}): Promise<Listed<"api_keys", ApiKey>> =>
      ask("/v1/api-keys", { query: texts(page) }),
    /** The new key may do what the old one may; `validUntil` is the old one's end, a day from now unless given. */
    rotateApiKey: (apiKey: string, validUntil?: string): Promise<NewApiKey> =>
      ask(`/v1/api-keys/${segment(apiKey)}/rotate`, { body: { valid_until: validUntil } }),
    revokeApiKey: (apiKey: string): Promise<Noted> =>
      ask(`/v1/api-keys/${segment(apiKey)}/revoke`, { method: "POST" }),

    getClock: (): Promise<Clock> => ask("/v1/clock"),
    /** Simulated time, forward only; a cut follows. */
    advanceClock: (time: string): Promise<Noted> => ask("/v1/clock", { body: { time } }),
    requestCut: (reason: string): Promise<Noted> => ask("/v1/cuts", { body: { reason } }),
    getSettings: (): Promise<Settings> => ask("/v1/settings"),
    setSettings: (settings: SettingsInput): Promise<Settings> =>
      ask("/v1/settings", { method: "PUT", body: settings }),

    listInvoices: (filter: InvoiceFilter = {}): Promise<InvoicePage> =>
      ask("/v1/invoices", { query: texts(filter) }),
    /** By its id or number. */
    getInvoice: (invoice: string): Promise<InvoiceDocument> =>
      ask(`/v1/invoices/${segment(invoice)}`),
    getInvoiceEvidence: (invoice: string): Promise<InvoiceEvidence> =>
      ask(`/v1/invoices/${segment(invoice)}/evidence`),
    /** Bills what a subscription has used of its running period, and answers when its draft is there. */
    billSubscription: (subscription: string): Promise<Billed> =>
      ask(`/v1/subscriptions/${segment(subscription)}/bill`, { method: "POST" }),
    /** Gives a draft its number; a finalized one is answered as it is. */
    finalizeInvoice: (invoice: string): Promise<InvoiceDocument> =>
      ask(`/v1/invoices/${segment(invoice)}/finalize`, { method: "POST" }),
    calculateTax: (invoice: string): Promise<InvoiceTax> =>
      ask(`/v1/invoices/${segment(invoice)}/calculate-tax`, { method: "POST" }),
    listTransactions: (filter: JournalFilter = {}): Promise<JournalPage> =>
      ask("/v1/journal", { query: texts(filter) }),

    getProgress: (): Promise<Progress> => ask("/v1/progress"),
  };
}

function texts(
  filter: InvoiceFilter | JournalFilter | ListFilter | SubscriptionUsageFilter | UsageFilter,
): Readonly<Record<string, string>> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

function segment(id: string): string {
  return encodeURIComponent(id);
}
