import { emptyCatalog, fillsOf } from "@tallybook/catalog";
import { describe, expect, test } from "vitest";

import { aiPlatform, applied, planned, tenant } from "./documents.ts";

const images = { meter: "images", event_type: "image.generation", aggregation: "count" };

function document(...meters: readonly object[]) {
  return { meters };
}

describe("the history of a meter", () => {
  test("is asked for with the meter, and the request stands behind it", () => {
    const facts = planned(emptyCatalog(), document({ ...images, history: "fill" }));
    expect(facts).toMatchObject([
      { kind: "MeterPublished", meter: "images", version: 1 },
      { kind: "MeterFillRequested", meter: "images", version: 1, tenant, actor: "key-1" },
    ]);
    expect(facts[0]).not.toHaveProperty("history");
  });

  test("is not filled unless somebody says so", () => {
    for (const meter of [images, { ...images, history: "none" }])
      expect(planned(emptyCatalog(), document(meter))).toMatchObject([{ kind: "MeterPublished" }]);
  });

  test("may be asked for later, once", () => {
    const catalog = applied(emptyCatalog(), document(images));
    const filled = document({ ...images, history: "fill" });
    expect(planned(catalog, filled)).toMatchObject([{ kind: "MeterFillRequested" }]);
    const asked = applied(catalog, filled);
    expect(fillsOf(asked, tenant).get("images")?.offset).toBe(1);
    expect(planned(asked, filled)).toEqual([]);
    expect(planned(asked, document(images))).toEqual([]);
  });

  test("is not taken back", () => {
    const asked = applied(emptyCatalog(), document({ ...images, history: "fill" }));
    expect(planned(asked, document({ ...images, history: "none" }))).toBe(
      "meters[0].history cannot_change",
    );
  });

  test("belongs to the first version alone", () => {
    const catalog = applied(emptyCatalog(), document(images));
    const changed = { ...images, event_type: "image", history: "fill" };
    expect(planned(catalog, document(changed))).toBe("meters[0].history not_the_first_version");
    const second = applied(catalog, document({ ...changed, history: "none" }));
    expect(planned(second, document(changed))).toBe("meters[0].history not_the_first_version");
  });

  test("is filled or not, and nothing else", () => {
    expect(planned(emptyCatalog(), document({ ...images, history: "yes" }))).toBe(
      "meters[0].history not_an_option",
    );
    expect(
      planned(emptyCatalog(), { plans: [{ ...aiPlatform().plans[0], history: "fill" }] }),
    ).toContain("plans[0].history unknown_field");
  });
});
