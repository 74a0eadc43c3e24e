import {
  about,
  idText,
  input,
  named,
  nameText,
  oneOf,
  orNull,
  output,
  text,
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
  output({ api_key: text, role, key: about("The key itself: it is shown this once.", text) }),
);

export const newTenant = named(
  "NewTenant",
  output({ tenant: text, name: text, admin_key: newApiKey }),
);

export const apiKeyInput = named("ApiKeyInput", input({ role }));

export const apiKey = named("ApiKey", output({ api_key: text, role, revoked: yesOrNo }));
