import { openStripeStandIn } from "@tallybook/testkit/stripe";
import type { StripeFault, StripeStandIn } from "@tallybook/testkit/stripe";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";

import { december, fee, january, november, openOffice, usageLeft } from "../office.ts";
import { Died, key, lastOf, openCollected, openProcess, revised, shown } from "./desk.ts";

const standIns: StripeStandIn[] = [];
afterEach(async () => {
  for (const standIn of standIns.splice(0)) await standIn.close();
});

/** An invoice of two fees, 20 and 5 dollars, that Stripe is to collect. */
async function opened(account: Readonly<Record<string, string>> = {}) {
  const { office, standIn } = await openCollected(account);
  standIns.push(standIn);
  office.step(0, fee("s1", november, december, "20"), fee("s1", december, january, "5"));
  await office.work();
  return { office, standIn };
}

const whole = [
  "INV-000001 open 2000: 2000",
  "INV-000002 open 500: 500",
  "HandOffOrdered HandOffOrdered HandedOff HandedOff",
];

test("what is finalized is with Stripe, to the cent, each request under a key that follows from the invoice", async () => {
  const { office, standIn } = await opened();
  await openProcess(office, standIn.url).work();
  expect(shown(office, standIn)).toEqual(whole);
  expect(lastOf(office, "StripeHandedOff")).toMatchObject({
    number: "INV-000002",
    amount: "500",
    payment_intents: [expect.stringMatching(/^pi_/)],
    hosted_url: expect.stringContaining("https://"),
  });
  const { invoice } = office.invoices()[0] ?? {};
  const own = standIn.requests.filter(({ key }) => key.startsWith(`tallybook-${invoice}-1-`));
  expect(
    own.map(({ route, key }) => `${route} ${key.slice(`tallybook-${invoice}-1-`.length)}`),
  ).toEqual([
    "POST /v1/invoices invoice-0",
    "POST /v1/invoiceitems item-1-0",
    "POST /v1/invoices/:id/finalize finalize-0",
  ]);
  const posts = standIn.requests.filter(({ method }) => method === "POST");
  expect(posts.every((post) => post.key.startsWith("tallybook-"))).toBe(true);
  expect(posts[0]?.params).toMatchObject({
    auto_advance: "false",
    collection_method: "charge_automatically",
    pending_invoice_items_behavior: "exclude",
    currency: "usd",
  });
});

test("Stripe sends the invoice where its account says so, and waits for the word where it says that", async () => {
  const { office, standIn } = await opened({ collection: "send_invoice", hand_off: "by_hand" });
  const process = openProcess(office, standIn.url);
  await process.work();
  expect(shown(office, standIn)).toEqual([""]);
  const { invoice = "" } = office.invoices()[0] ?? {};
  await process.desk.orders.stripe({
    order: "hand_to_stripe",
    tenant: "default",
    invoice,
    account: "main",
    stripe_customer: "cus_1",
    collection: "send_invoice",
    days_until_due: 30,
    actor: "k",
    ordered_at: january,
  });
  await process.work();
  expect(standIn.standing()).toMatchObject([
    { collection_method: "send_invoice", days_until_due: "30", status: "open" },
  ]);
});

test("who is not named to Stripe is not collected from, and what asks for nothing is not handed over", async () => {
  const office = await openOffice();
  office.tell(
    revised("stripe_customers", "acme", { stripe_account: "main", stripe_customer: "c" }),
  );
  office.step(0, fee("s1", november, december, "20"));
  await office.work();
  // There is no such account.
  expect(office.facts().map(({ kind }) => kind)).toEqual(["InvoiceFinalized"]);
  const { office: other, standIn } = await openCollected();
  standIns.push(standIn);
  other.step(0, fee("s1", november, december, "0"), fee("s2", november, december, "-5"));
  await other.work();
  expect(other.facts().some(({ kind }) => kind.startsWith("Stripe"))).toBe(false);
});

/** Each request of Stripe is answered, and the process dies behind it; another one goes on. */
test("who dies behind any request leaves one invoice at Stripe and one fact of it", async () => {
  const { office: first, standIn: counted } = await opened();
  await openProcess(first, counted.url).work();
  const requests = counted.requests.length;
  expect(requests).toBe(12);
  for (let death = 1; death <= requests; death += 1) {
    const { office, standIn } = await opened();
    let left = death;
    let isDead = false;
    const asked = () => {
      left -= 1;
      if (left === 0) isDead = true;
      if (isDead) throw new Died();
    };
    await openProcess(office, standIn.url, { asked }).runner.turn();
    expect(isDead).toBe(true);
    await openProcess(office, standIn.url).work();
    expect(shown(office, standIn)).toEqual(whole);
    // Whoever starts again finds nothing left to do.
    const before = standIn.requests.length;
    await openProcess(office, standIn.url).work();
    expect(standIn.requests).toHaveLength(before);
  }
});

const faults = fc.constantFrom<StripeFault | undefined>(
  undefined,
  "failed",
  "done_and_failed",
  // Half an answer, and not none: Stripe's library waits half a second before it asks once more by itself.
  "cut",
  "busy",
  "conflict",
);

test("whatever answers are lost, late or wrong, and whoever dies meanwhile, there is one invoice at Stripe, to the cent", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(faults, { maxLength: 14 }),
      fc.array(fc.nat(14), { maxLength: 3 }),
      fc.boolean(),
      async (wrong, deaths, isForgotten) => {
        const { office, standIn } = await openCollected();
        try {
          office.step(0, fee("s1", november, december, "20"), usageLeft("s1", "5"));
          await office.work();
          const queue = [...wrong];
          standIn.fault = () => queue.shift();
          for (const death of deaths) {
            let left = death;
            const asked = () => {
              if ((left -= 1) < 0) throw new Died();
            };
            await openProcess(office, standIn.url, { asked }).work(1);
            if (isForgotten) standIn.forgetKeys();
          }
          await openProcess(office, standIn.url).work(20);
          expect(shown(office, standIn)).toEqual([
            "INV-000001 open 2500: 2000 500",
            "HandOffOrdered HandedOff",
          ]);
        } finally {
          await standIn.close();
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("an answer that does not come makes nothing twice", async () => {
  const { office, standIn } = await opened();
  const queue: StripeFault[] = ["away", "lost", "lost"];
  standIn.fault = ({ method }) => (method === "POST" ? queue.shift() : undefined);
  await openProcess(office, standIn.url).work(1);
  expect(shown(office, standIn)).toEqual(whole);
});

test("two that hand over the same at once, neither of which has seen what the other does, come to one invoice", async () => {
  const { office, standIn } = await opened();
  const arrived: (() => void)[] = [];
  // The first two of each kind of request wait for one another.
  standIn.before = ({ route, params }) =>
    new Promise((resolve) => {
      if (!route.startsWith("GET") || params["limit"] === undefined) return resolve();
      arrived.push(resolve);
      if (arrived.length % 4 === 0) for (const go of arrived.splice(0)) go();
    });
  const both = [openProcess(office, standIn.url), openProcess(office, standIn.url)];
  await Promise.all(both.map((process) => process.runner.turn()));
  expect(shown(office, standIn)).toEqual(whole);
});

test("what Stripe refuses is written down with why, and is handed over again when it is mended", async () => {
  const { office, standIn } = await opened();
  office.tell(
    revised("stripe_customers", "acme", { stripe_account: "main", stripe_customer: "cus_2" }, 2),
  );
  office.step(1, fee("s3", november, december, "7"));
  await office.work();
  const process = openProcess(office, standIn.url);
  await process.work();
  expect(lastOf(office, "StripeRefused")).toMatchObject({
    number: "INV-000003",
    asked: "hand_off",
    reason: "Stripe: No such customer: 'cus_2' (resource_missing)",
  });
});

test("where Stripe comes to another amount, nothing is collected", async () => {
  const { office, standIn } = await opened();
  standIn.before = async ({ route, path }) => {
    // Somebody else has put something on the draft.
    if (route !== "GET /v1/invoices/:id") return;
    const id = path.split("/")[3] ?? "";
    if (standIn.itemsOf(id).length > 1) return;
    await fetch(`${standIn.url}/v1/invoiceitems`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: new URLSearchParams({ invoice: id, amount: "99", currency: "usd" }),
    });
  };
  await openProcess(office, standIn.url).work();
  expect(lastOf(office, "StripeRefused")?.reason).toMatch(
    /^in_\d+ comes to \d+ at Stripe, and is to/,
  );
  expect(standIn.standing().map(({ status }) => status)).toEqual(["draft", "draft"]);
});

test("without its key, or with a wrong one, it waits and says why", async () => {
  const { office, standIn } = await opened();
  const reasonOf = async (secrets: ReadonlyMap<string, string>) => {
    const { runner, desk } = openProcess(office, standIn.url, { secrets });
    await runner.turn();
    const [handOff] = desk.archive().receivables.stripe.handOffs.values();
    return handOff && runner.troubleOf(handOff)?.why;
  };
  expect(await reasonOf(new Map())).toContain("no key STRIPE_KEY");
  expect(await reasonOf(new Map([["STRIPE_KEY", "sk_test_of_others"]]))).toContain("(401)");
  expect(standIn.standing()).toEqual([]);
});

test("the wait is longer from time to time, and who starts anew asks at once", async () => {
  const { office, standIn } = await opened();
  standIn.fault = () => "away";
  const { runner, clock, desk } = openProcess(office, standIn.url);
  const waits: number[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    await runner.turn();
    const [handOff] = desk.archive().receivables.stripe.handOffs.values();
    const next = ((handOff && runner.troubleOf(handOff)?.next_at) ?? 0) / 1_000;
    waits.push((next - clock.ms) / 1_000);
    clock.ms = next - 1;
    expect(await runner.turn()).toBe("idle");
    clock.ms = next;
  }
  expect(waits).toEqual([5, 30, 120, 600, 3_600, 3_600]);
  const before = standIn.requests.length;
  await openProcess(office, standIn.url).runner.turn();
  expect(standIn.requests.length).toBeGreaterThan(before);
});

async function ordersWithdrawal(
  { desk }: ReturnType<typeof openProcess>,
  office: Awaited<ReturnType<typeof opened>>["office"],
): Promise<void> {
  const { invoice = "" } = office.invoices()[0] ?? {};
  const of = { tenant: "default", invoice, reason: "wrong", actor: "k", ordered_at: january };
  await desk.orders.stripe({ order: "withdraw_from_stripe", ...of });
}

test.each([0, 1, 2, 3])(
  "what is withdrawn is collected no more, also by who dies behind request %i, and before it was handed",
  async (death) => {
    for (const isHanded of [true, false]) {
      const { office, standIn } = await opened();
      if (isHanded) await openProcess(office, standIn.url).work();
      await ordersWithdrawal(openProcess(office, standIn.url), office);
      let left = death;
      const asked = () => {
        if ((left -= 1) < 0) throw new Died();
      };
      await openProcess(office, standIn.url, { asked }).runner.turn();
      await openProcess(office, standIn.url).work();
      const own = standIn
        .standing()
        .filter(({ metadata }) => metadata["tallybook_number"] === "INV-000001");
      expect(own.map(({ status }) => status)).toEqual(isHanded ? ["void"] : []);
      expect(lastOf(office, "StripeWithdrawn")).toMatchObject({ number: "INV-000001" });
    }
  },
);

test("what is paid at Stripe is not withdrawn, and says what to do", async () => {
  const { office, standIn } = await opened();
  const process = openProcess(office, standIn.url);
  await process.work();
  const [first] = standIn.standing();
  if (first !== undefined) standIn.pay(first);
  await ordersWithdrawal(process, office);
  await process.work();
  expect(lastOf(office, "StripeRefused")).toMatchObject({
    asked: "withdrawal",
    reason: expect.stringContaining("credit note"),
  });
});

test("a draft that a refusal has left is deleted by the next hand-off", async () => {
  const { office, standIn } = await opened();
  standIn.fault = ({ route }) => (route.endsWith("finalize") ? "away" : undefined);
  await openProcess(office, standIn.url).work();
  const { invoice = "" } = office.invoices()[0] ?? {};
  const { orders } = openProcess(office, standIn.url).desk;
  const refusal = { kind: "refused", asked: "hand_off", reason: "by hand" } as const;
  const noted = { tenant: "default", invoice, hand_off: 1, outcome: refusal, noted_at: january };
  await orders.stripe({ order: "note_stripe", ...noted });
  standIn.fault = () => undefined;
  await orders.stripe({
    order: "hand_to_stripe",
    tenant: "default",
    invoice,
    account: "main",
    stripe_customer: "cus_1",
    collection: "charge_automatically",
    days_until_due: null,
    actor: "k",
    ordered_at: january,
  });
  await openProcess(office, standIn.url).work();
  expect(shown(office, standIn).slice(0, 2).toSorted()).toEqual(whole.slice(0, 2));
  expect(standIn.invoices.size).toBe(3);
});

test("the stand-in keeps keys as Stripe does", async () => {
  const standIn = await openStripeStandIn({ key, customers: ["cus_1"] });
  standIns.push(standIn);
  const post = async (params: Record<string, string>, idempotencyKey = "a") => {
    const headers = { authorization: `Bearer ${key}`, "idempotency-key": idempotencyKey };
    const body = new URLSearchParams(params);
    const answer = await fetch(`${standIn.url}/v1/invoices`, { method: "POST", headers, body });
    return { status: answer.status, body: (await answer.json()) as { id?: string } };
  };
  const first = await post({ customer: "cus_1", currency: "usd" });
  expect(await post({ customer: "cus_1", currency: "usd" })).toEqual(first);
  expect((await post({ customer: "cus_1", currency: "eur" })).status).toBe(400);
  expect((await post({ customer: "cus_1", currency: "usd" }, "b")).body.id).not.toBe(first.body.id);
  standIn.fault = () => "failed";
  expect((await post({ customer: "cus_1", currency: "usd" }, "c")).status).toBe(500);
  standIn.fault = () => undefined;
  expect((await post({ customer: "cus_1", currency: "usd" }, "c")).status).toBe(500);
});
