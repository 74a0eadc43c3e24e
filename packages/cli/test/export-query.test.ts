import { describe, expect, test } from "vitest";
import { exportQuery, type ExportWishes } from "../src/export-query.ts";

const wish: ExportWishes = {
  view: "invoice_lines",
  format: "csv",
  tenant: undefined,
  from: undefined,
  to: undefined,
  cut: undefined,
};

describe("an export", () => {
  test("is a view in a form, narrowed by tenant and by its own time", () => {
    expect(exportQuery(wish, "analytics")).toEqual({
      query: "SELECT * FROM analytics.invoice_lines FORMAT CSVWithNames",
      parameters: {},
    });
    const narrowed = { ...wish, tenant: "o'brien", from: "2023-11-01", to: "2023-12-01T00:00:00Z" };
    expect(exportQuery({ ...narrowed, view: "usage_hourly", format: "parquet" }, "a")).toEqual({
      query:
        "SELECT * FROM a.usage_hourly WHERE tenant = {tenant:String} AND hour >= parseDateTime64BestEffort({from:String}, 6, 'UTC') AND hour < parseDateTime64BestEffort({to:String}, 6, 'UTC') FORMAT Parquet",
      parameters: {
        tenant: "o'brien",
        from: "2023-11-01T00:00:00Z",
        to: "2023-12-01T00:00:00Z",
      },
    });
    expect(exportQuery({ ...wish, view: "usage_at", cut: "17" }, "a").query).toBe(
      "SELECT * FROM a.usage_at(cut = 17) FORMAT CSVWithNames",
    );
  });

  test.each([
    [{ view: "users" }, "there is no view users; there are usage_events, "],
    [{ format: "xls" }, "--format is parquet, csv, arrow, not xls."],
    [{ view: "usage_at" }, "usage_at needs --cut N"],
    [{ cut: "1" }, "no other view takes it"],
    [{ view: "usage_at", cut: "1) UNION ALL" }, "--cut is a number"],
    [{ view: "plans", from: "2023-11-01" }, "plans is of all times"],
    [{ view: "cuts", tenant: "default" }, "cuts are of no tenant"],
    [
      { from: "yesterday" },
      "--from is a day or an RFC 3339 time, such as 2023-11-01, not yesterday.",
    ],
  ])("of %j says what is wrong", (wrong, words) => {
    expect(() => exportQuery({ ...wish, ...wrong }, "analytics")).toThrow(words);
  });
});
