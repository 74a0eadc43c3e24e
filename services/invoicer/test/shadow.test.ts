import type { CatalogFact, ObjectBody } from "@tallybook/catalog";
import type { InvoiceFact } from "@tallybook/invoice";
import { describe, expect, test } from "vitest";

import { december, fee, january, november, openOffice, usageBilled, usageLeft } from "./office.ts";

/** Billing periods in shadow: all until December, unless said otherwise. */
function shadow(body: ObjectBody = {}, version = 1): CatalogFact {
  const usual = {
    name: "old",
    from: null,
    until: "2023-12-01T00:00:00Z",
    subscriptions: [],
    metadata: {},
  };
  return {
    kind: "ObjectRevised",
    tenant: "default",
    recorded_at: 0,
    actor: "system",
    effective_at: 0,
    collection: "shadows",
    id: "old",
    version,
    archived: false,
    body: { ...usual, ...body },
  };
}

/** As `draft s1 12.34` and `INV-000001 s1 1234`. */
function shown(written: readonly InvoiceFact[]): string[] {
  return written.map((fact) =>
    fact.kind === "InvoiceDrafted"
      ? `draft ${fact.subscription} ${fact.exact}`
      : `${fact.number} ${fact.subscription} ${fact.total}`,
  );
}

describe("a period in shadow", () => {
  test("is a draft that takes no number, whoever asks for one", async () => {
    const office = await openOffice();
    office.tell(shadow());
    office.step(0, fee("s1", november, december, "20"), usageLeft("s1", "0.125"));
    await office.work();
    expect(shown(office.written())).toEqual(["draft s1 20.125"]);
    const [draft] = office.written();
    if (draft === undefined) throw new Error("a draft");
    const asked = office.orders.finalize(draft);
    await office.work();
    await asked;
    expect(shown(office.written())).toEqual(["draft s1 20.125"]);
  });

  test("stays in shadow for what comes late, while the next one is billed with the first number", async () => {
    const office = await openOffice();
    office.tell(shadow());
    office.step(0, fee("s1", november, december, "20"));
    // What is late of the shadow stands beside what is billed, in one step and in another.
    office.step(1, fee("s1", december, january, "30"), usageLeft("s1", "0.5"));
    office.step(2, usageLeft("s1", "0.25", 7));
    await office.work();
    expect(shown(office.written())).toEqual([
      "draft s1 20",
      "INV-000001 s1 3000",
      "draft s1 0.5",
      "draft s1 0.25",
    ]);
    // Another process reads all of it, and has nothing to add.
    await office.work();
    expect(office.written()).toHaveLength(4);
  });

  test("is that of the subscriptions which are named, and a bill before its end is in it too", async () => {
    const office = await openOffice();
    office.tell(shadow({ until: null, subscriptions: ["s2"] }));
    office.step(0, usageBilled("s1", "2"), usageBilled("s2", "3"));
    await office.work();
    for (const draft of office.written()) {
      const asked = office.orders.finalize(draft);
      await office.work();
      await asked;
    }
    office.step(1, fee("s1", november, december, "20"), fee("s2", november, december, "20"));
    await office.work();
    expect(shown(office.written())).toEqual([
      "draft s1 2",
      "draft s2 3",
      "INV-000001 s1 200",
      "INV-000002 s1 2000",
      "draft s2 20",
    ]);
  });

  test("comes out the same wherever the invoicer's commit is lost", async () => {
    const made: string[][] = [];
    for (let at = 0; at < 3; at += 1)
      for (const isWritten of [false, true]) {
        const office = await openOffice({ at, isWritten });
        office.tell(shadow());
        office.step(0, fee("s1", november, december, "20"));
        office.step(1, fee("s1", december, january, "30"), usageLeft("s1", "0.5"));
        await office.work();
        await office.work();
        made.push(shown(office.written()));
      }
    for (const written of made)
      expect(written).toEqual(["draft s1 20", "INV-000001 s1 3000", "draft s1 0.5"]);
  });
});
