import { idText, input, named, orNull, output, text } from "@tallybook/service";
import { currencyCode, maybeId, zoneName } from "./common.ts";

export const customerInput = named(
  "CustomerInput",
  input(
    { customer: idText },
    { name: maybeId, currency: orNull(currencyCode), time_zone: orNull(zoneName) },
  ),
);

export const customer = named(
  "Customer",
  output({ customer: text, name: text, currency: text, time_zone: text }),
);
