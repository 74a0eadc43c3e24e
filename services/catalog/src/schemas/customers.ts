import { documentLanguages, invoiceGroupings } from "@tallybook/catalog";
import {
  about,
  decimalText,
  idText,
  input,
  listOf,
  named,
  oneOf,
  orNull,
  output,
  text,
  wholeInput,
  yesOrNo,
} from "@tallybook/service";
import { currencyCode, maybeId, maybeName, maybeTime, zoneName } from "./common.ts";
import { country, featureType, metadata, metadataTold, region, taxEvidence } from "./objects.ts";

const approval = oneOf("pending", "approved", "refused");

/** What is known of a customer besides the name and what is for good. */
const profile = {
  email: maybeId,
  account_type: orNull(oneOf("Organization", "Individual")),
  language: about("Of its documents; null: the tenant's.", orNull(oneOf(...documentLanguages))),
  invoice_grouping: about(
    "Whether all subscriptions that end on a day are on one invoice, or each on its own; null: as the tenant says.",
    orNull(oneOf(...invoiceGroupings)),
  ),
  parent: about("The customer that it is a part of.", maybeId),
  country: orNull(country),
  region: orNull(region),
  tax_status: orNull(oneOf("taxable", "exempt", "reverse_charge")),
  tax_id: maybeId,
  tax_evidence: about("Behind the tax status.", orNull(taxEvidence)),
  entity: about("In whose name it is invoiced.", maybeName),
  payment_days: about(
    "How many days after an invoice is made it is to be paid; as its entity says where it is null.",
    orNull(wholeInput(0, 3_653)),
  ),
  approval: about("Null: it is billable from the beginning.", orNull(approval)),
  activated_at: maybeTime,
  metadata: orNull(metadata),
};

const said = {
  name: maybeId,
  currency: orNull(currencyCode),
  time_zone: orNull(zoneName),
  ...profile,
  archived: orNull(yesOrNo),
};

export const customerInput = named("CustomerInput", input({ customer: idText }, said));

/** Of the customer that the path names. */
export const customerRevision = named("CustomerRevision", input({}, { ...said, customer: idText }));

export const approvalInput = named(
  "ApprovalInput",
  input({ approval }, { activated_at: about("Now unless given.", maybeTime) }),
);

export const customer = named(
  "Customer",
  output({
    customer: text,
    name: text,
    currency: text,
    time_zone: text,
    ...profile,
    metadata: orNull(metadataTold),
    archived: yesOrNo,
  }),
);

export const entitlements = named(
  "Entitlements",
  output({
    entitlements: listOf(
      output({
        feature: text,
        type: featureType,
        value: { anyOf: [text, yesOrNo] },
        hard: yesOrNo,
        meter: orNull(text),
        subscription: text,
        plan: about("The plan, or the add-on.", text),
        quantity: decimalText,
      }),
    ),
  }),
);
