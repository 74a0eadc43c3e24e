import {
  about,
  idText,
  input,
  listOf,
  named,
  nameText,
  oneOf,
  orNull,
  output,
  text,
  time,
  yesOrNo,
} from "@tallybook/service";
import { roles } from "../orders/keys.ts";

const role = oneOf(...roles);

export const tenantInput = named(
  "TenantInput",
  input({ tenant: nameText }, { name: orNull(idText) }),
);

export const newApiKey = named(
  "NewApiKey",
  output({
    api_key: text,
    role,
    key: about(
      "The key itself: shown this once, and null to a request that is repeated.",
      orNull(text),
    ),
  }),
);

export const newTenant = named(
  "NewTenant",
  output({ tenant: text, name: text, admin_key: newApiKey }),
);

const customers = about(
  "Of a producer: whose events it may send; everybody's unless given. Of a customer: whose it is, one at least.",
  orNull(listOf(idText, { maxItems: 1_000 })),
);
const meters = about(
  "Of a producer: it may send the event types that these meters measure.",
  orNull(listOf(nameText, { maxItems: 1_000 })),
);
const event_types = about(
  "Of a producer: the event types that it may send; with neither meters nor these: every one.",
  orNull(listOf(idText, { maxItems: 1_000 })),
);

export const apiKeyInput = named(
  "ApiKeyInput",
  input({ role }, { customers, meters, event_types }),
);

export const rotation = named(
  "Rotation",
  input({}, { valid_until: about("Of the old key: a day from now unless given.", orNull(time)) }),
);

export const apiKey = named(
  "ApiKey",
  output({
    api_key: text,
    role,
    customers: listOf(text),
    meters: listOf(text),
    event_types: listOf(text),
    replaces: about("The key that it was made for by rotation.", orNull(text)),
    created_at: time,
    valid_until: about("Exclusive; null: no end is known.", orNull(time)),
    revoked: yesOrNo,
    revoked_at: about("Null: it is not revoked.", orNull(time)),
  }),
);
