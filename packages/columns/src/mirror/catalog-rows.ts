import type { CatalogFact, ObjectRevised, SubscriptionStarted, Terms } from "@tallybook/catalog";

import { microsCell } from "./cells.ts";
import type { Cell, MirroredRecord } from "./tables.ts";

export const catalogColumns = [
  "log_offset",
  "kind",
  "tenant",
  "recorded_at",
  "effective_at",
  "actor",
  "collection",
  "id",
  "version",
  "archived",
  "body",
] as const satisfies readonly [string, ...string[]];

/** What a fact is about, and what of it anybody may read. */
interface About {
  readonly collection: string;
  readonly id?: string;
  readonly version?: number;
  readonly archived?: boolean;
  readonly body?: object;
}

export function catalogRow({ offset, fact }: MirroredRecord<CatalogFact>): Cell[] {
  const { collection, id = "", version = 0, archived = false, body = {} } = aboutOf(fact);
  const effective = "effective_at" in fact ? fact.effective_at : fact.recorded_at;
  return [
    String(offset),
    fact.kind,
    fact.tenant,
    microsCell(fact.recorded_at),
    microsCell(effective),
    fact.actor,
    collection,
    id,
    version,
    archived,
    JSON.stringify(body),
  ];
}

/** Each field that is shown stands here: what comes to a fact later is secret until somebody decides otherwise. */
function aboutOf(fact: CatalogFact): About {
  switch (fact.kind) {
    case "ApiKeyCreated": {
      const { role, customers, meters, event_types, replaces } = fact;
      const body = { role, customers, meters, event_types, replaces };
      return { collection: "keys", id: fact.api_key, body };
    }
    case "ApiKeyRevoked":
      return { collection: "keys", id: fact.api_key, body: { at: fact.at } };
    case "BackfillRequested": {
      const { sources, from, to, closes_at, reason, events } = fact;
      const body = { sources, from, to, closes_at, reason, events };
      return { collection: "backfills", id: fact.backfill, body };
    }
    case "BillingRequested":
      return { collection: "requests", id: fact.subscription };
    case "ClockAdvanced":
      return { collection: "clock", body: { time: fact.time } };
    case "CommandAnswered":
      return { collection: "commands", body: { step: fact.step, facts: fact.facts } };
    case "CustomerCreated": {
      const { name, currency, time_zone } = fact;
      return { collection: "customers", id: fact.customer, body: { name, currency, time_zone } };
    }
    case "CutRequested":
      return { collection: "requests" };
    case "MeterPublished": {
      const { kind: _, tenant: __, recorded_at: ___, actor: ____, ...body } = fact;
      return { collection: "meters", id: fact.meter, version: fact.version, body };
    }
    case "MeterFillRequested":
      return { collection: "fills", id: fact.meter, version: fact.version };
    case "ObjectRevised": {
      const { collection, id, version, archived } = fact;
      return { collection, id, version, archived, body: objectBody(fact) };
    }
    case "PlanPublished": {
      const { name, currency, prices } = fact;
      const body = { name, currency, prices };
      return { collection: "plans", id: fact.plan, version: fact.version, body };
    }
    case "SettingsSet": {
      const { simulated, window_seconds, ahead_seconds, grace_seconds } = fact;
      const { cut_interval_seconds } = fact;
      const body = {
        simulated,
        window_seconds,
        ahead_seconds,
        grace_seconds,
        cut_interval_seconds,
      };
      return { collection: "settings", body };
    }
    case "SubscriptionChanged":
      return {
        collection: "subscriptions",
        id: fact.subscription,
        body: { terms: fact.terms.map(termsBody) },
      };
    case "SubscriptionEnded":
      return { collection: "subscriptions", id: fact.subscription, body: { end: fact.end } };
    case "SubscriptionStarted":
      return { collection: "subscriptions", id: fact.subscription, body: startedBody(fact) };
    case "TenantCreated":
      return { collection: "tenants", id: fact.tenant, body: { name: fact.name } };
    // oxlint-disable-next-line no-default-case -- what is new is a row by itself, until somebody says what of it is shown
    default:
      return { collection: "" };
  }
}

/** By collection, the fields that nobody has to protect. */
const shownFields: Readonly<Record<string, readonly string[]>> = {
  customers: [
    "name",
    "parent",
    "country",
    "tax_status",
    "account_type",
    "entity",
    "approval",
    "activated_at",
  ],
  entities: ["name", "country"],
  features: ["name", "type", "unit", "values"],
  models: ["name", "provider"],
  plan_details: ["description", "product", "add_on", "entitlements"],
  products: ["name", "description", "tags", "tax_category"],
};

function objectBody({ collection, body }: ObjectRevised): object {
  const shown = shownFields[collection] ?? [];
  return Object.fromEntries(shown.filter((name) => name in body).map((name) => [name, body[name]]));
}

function startedBody(fact: SubscriptionStarted): object {
  const { customer, plan, start, end, calendar, proration } = fact;
  const first = { from: start, plan, quantity: "1", add_ons: [], paused: false };
  const terms = [termsBody({ ...first, covered: "nothing" })];
  return { customer, start, end, calendar, proration, terms };
}

function termsBody({ add_ons, ...terms }: Terms): object {
  return { ...terms, add_ons: add_ons.map(({ plan }) => plan) };
}
