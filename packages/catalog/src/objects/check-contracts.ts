import { formatTime, type Micros } from "@tallybook/periods";
import type { Catalog } from "../catalog.ts";
import { closedFault } from "../closed-periods.ts";
import type { ObjectRevised } from "../facts.ts";
import type { Faults } from "../faults.ts";
import { contractsOf, subscriptionsOf } from "../lookups.ts";
import type { Asked } from "../plan.ts";
import type { ObjectDraft } from "./collection.ts";
import { endOf } from "./contract-prices.ts";
import type { Contract } from "./contracts.ts";

/** What cannot be of new versions of contracts: two of a customer at a time, and one that begins in a period that may be billed. */
export function checkContracts(
  catalog: Catalog,
  facts: readonly ObjectRevised[],
  drafts: readonly ObjectDraft[],
  asked: Asked,
  faults: Faults,
): void {
  const added = facts.filter(({ collection }) => collection === "contracts");
  for (const fact of added) {
    const draft = drafts.find(({ collection, id }) => collection === "contracts" && id === fact.id);
    const at = draft?.at ?? "";
    faultClosed(catalog, fact, asked, at, faults);
    faultOverlap(catalog, fact, added, at, faults);
  }
}

/** From when on a customer has a contract, and until when. */
interface Span {
  readonly contract: string;
  readonly from: Micros;
  readonly to: Micros;
}

function faultOverlap(
  catalog: Catalog,
  fact: ObjectRevised,
  added: readonly ObjectRevised[],
  at: string,
  faults: Faults,
): void {
  const { customer } = fact.body as Contract;
  const known = contractsOf(catalog, fact.tenant, customer);
  const histories = new Map(known.map((versions) => [versions[0]?.id ?? "", versions]));
  for (const each of added) {
    if ((each.body as Contract).customer !== customer) continue;
    histories.set(each.id, [...(histories.get(each.id) ?? []), each]);
  }
  const spans = [...histories].map(([contract, versions]) => spanOf(contract, versions));
  const own = spans.find(({ contract }) => contract === fact.id);
  const other = spans.find(
    ({ contract, from, to }) =>
      contract !== fact.id && own !== undefined && from < own.to && own.from < to,
  );
  if (other === undefined) return;
  const until = other.to === Infinity ? "open" : `until ${formatTime(other.to)}`;
  const detail = `contract ${other.contract} of customer ${customer} is ${until}: end or archive it first, or make this a version of it`;
  faults.add(`${at}.customer`, "has_a_contract", detail);
}

function spanOf(contract: string, versions: readonly ObjectRevised[]): Span {
  const latest = versions.at(-1);
  const from = Math.min(...versions.map(({ effective_at }) => effective_at));
  if (latest === undefined) return { contract, from, to: from };
  return { contract, from, to: latest.archived ? latest.effective_at : endOf(latest) };
}

/** A period is billed by what is in force when it begins. */
function faultClosed(
  catalog: Catalog,
  { tenant, body, effective_at }: ObjectRevised,
  { now }: Asked,
  at: string,
  faults: Faults,
): void {
  const subscriptions = subscriptionsOf(catalog, tenant, (body as Contract).customer);
  const detail = closedFault(catalog, subscriptions, effective_at, now);
  if (detail !== undefined) faults.add(`${at}.effective_at`, "closed_period", detail);
}
