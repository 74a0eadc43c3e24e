import { renderInvoiceCsv } from "@tallybook/invoice";
import { expect, test } from "vitest";
import { fee, late, paper, usage } from "./paper.ts";

test("every line is a row with all that is known of it, and no text is a formula", () => {
  const { invoice } = paper({
    customer: "=HYPERLINK(1)",
    lines: [
      fee("20"),
      usage("input_tokens", { tier: 'a,"b"', model: "code" }, "9041230", "3.630101628"),
      late("images", {}, "-3", "-0.12"),
    ],
  });
  const rows = renderInvoiceCsv(invoice)
    .trimEnd()
    .split("\r\n")
    .map((row) => row.replaceAll(/[0-9a-f]{64}/g, "HASH"));
  expect(rows).toEqual([
    "invoice,number,customer,subscription,plan,plan_version,line,kind,description,meter,dimensions,quantity,exact,amount,currency,period_from,period_to,transaction",
    expect.stringMatching(
      /^HASH,INV-000001,'=HYPERLINK\(1\),'=HYPERLINK\(1\):ai_developer,ai_developer,2,1,fee,Monthly fee,,,1,20,20\.00,USD,2023-11-01T00:00:00Z,2023-12-01T00:00:00Z,/,
    ),
    expect.stringContaining(
      ',2,usage,"Input tokens, tier a,""b"", model code",input_tokens,"{""model"":""code"",""tier"":""a,\\""b\\""""}",9041230,3.630101628,3.63,USD,',
    ),
    expect.stringContaining(
      ",images,,-3,-0.12,-0.12,USD,2023-10-01T00:00:00Z,2023-11-01T00:00:00Z,",
    ),
  ]);
});
