import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request that came, as far as tests ask. */
export interface StripeRequest {
  /** From 1, of all that came. */
  readonly nth: number;
  readonly method: string;
  readonly path: string;
  /** `POST /v1/invoices/:id/finalize` and so on. */
  readonly route: string;
  readonly params: Readonly<Record<string, string>>;
  readonly key: string;
}

/**
 * What goes wrong: `failed`, 500 and nothing is done; `done_and_failed`, it is done, and 500 all the same; `lost`: done, and no answer; `cut`: done, and half an answer; `away`: not
 * done, and no answer; `busy`: 429; `conflict`: 409. An answer of 500 is kept under its key, as Stripe keeps it.
 */
export type StripeFault =
  | "failed"
  | "done_and_failed"
  | "lost"
  | "cut"
  | "away"
  | "busy"
  | "conflict";

export interface StandInInvoice {
  readonly id: string;
  readonly customer: string;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly collection_method: string;
  readonly days_until_due: string | undefined;
  readonly payment_intent: string;
  readonly charge: string;
  status: "draft" | "open" | "paid" | "uncollectible" | "void" | "deleted";
  paid: number;
  overpaid: number;
  refunded: number;
  attempts: number;
}

interface StandInItem {
  readonly id: string;
  readonly invoice: string;
  readonly amount: number;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Stripe, as far as invoices are handed to it: a server on loopback, with Stripe's idempotency, and faults where `fault` says so. */
export async function openStripeStandIn(given: {
  readonly key: string;
  readonly customers: readonly string[];
}) {
  const invoices = new Map<string, StandInInvoice>();
  const items: StandInItem[] = [];
  const kept = new Map<string, { readonly digest: string; readonly answer: Answer }>();
  const requests: StripeRequest[] = [];
  let ids = 0;
  const nextId = (prefix: string) => `${prefix}_${String((ids += 1)).padStart(6, "0")}`;

  const itemsOf = (invoice: string) => items.filter((item) => item.invoice === invoice);
  const totalOf = (invoice: string) =>
    itemsOf(invoice).reduce((total, { amount }) => total + amount, 0);

  function shown(invoice: StandInInvoice): object {
    const { id, customer, currency, metadata, status, payment_intent, attempts } = invoice;
    const { paid, overpaid, collection_method } = invoice;
    const total = totalOf(id);
    const payment = { type: "payment_intent", payment_intent };
    const isDraft = status === "draft";
    return {
      id,
      object: "invoice",
      customer,
      currency,
      metadata,
      status,
      total,
      amount_due: total,
      amount_paid: paid,
      amount_overpaid: overpaid,
      amount_remaining: Math.max(0, total - paid),
      attempt_count: attempts,
      next_payment_attempt: null,
      collection_method,
      hosted_invoice_url: isDraft ? null : `https://invoice.stripe.example/${id}`,
      payments: {
        object: "list",
        data: isDraft
          ? []
          : [{ id: `inpay_${id}`, object: "invoice_payment", invoice: id, payment }],
      },
    };
  }

  const missing = (what: string, id: string): Answer =>
    refusal(404, `No such ${what}: '${id}'`, "resource_missing");

  function answerTo({ route, path, params }: StripeRequest): Answer {
    const [, , , id = ""] = path.split("/");
    const invoice = invoices.get(id);
    switch (route) {
      case "GET /v1/invoices": {
        const own = [...invoices.values()].filter(
          (each) => each.customer === params["customer"] && each.status !== "deleted",
        );
        return list(own.toReversed().map(shown));
      }
      case "POST /v1/invoices": {
        const customer = params["customer"] ?? "";
        if (!given.customers.includes(customer))
          return refusal(400, `No such customer: '${customer}'`, "resource_missing");
        const isSent = params["collection_method"] === "send_invoice";
        if (isSent && params["days_until_due"] === undefined)
          return refusal(400, "You must pass days_until_due.", "parameter_missing");
        const made: StandInInvoice = {
          id: nextId("in"),
          customer,
          currency: params["currency"] ?? "",
          metadata: nested(params, "metadata"),
          collection_method: params["collection_method"] ?? "charge_automatically",
          days_until_due: params["days_until_due"],
          payment_intent: nextId("pi"),
          charge: nextId("ch"),
          status: "draft",
          paid: 0,
          overpaid: 0,
          refunded: 0,
          attempts: 0,
        };
        invoices.set(made.id, made);
        return { status: 200, body: shown(made) };
      }
      case "GET /v1/invoices/:id":
        return invoice === undefined || invoice.status === "deleted"
          ? missing("invoice", id)
          : { status: 200, body: shown(invoice) };
      case "DELETE /v1/invoices/:id":
        if (invoice === undefined || invoice.status === "deleted") return missing("invoice", id);
        if (invoice.status !== "draft") return refusal(400, "You can only delete draft invoices.");
        invoice.status = "deleted";
        return { status: 200, body: { id, object: "invoice", deleted: true } };
      case "POST /v1/invoices/:id/finalize":
        if (invoice === undefined) return missing("invoice", id);
        if (invoice.status !== "draft")
          return refusal(400, "This invoice is already finalized.", "invoice_not_editable");
        invoice.status = totalOf(id) <= 0 ? "paid" : "open";
        return { status: 200, body: shown(invoice) };
      case "POST /v1/invoices/:id/void":
        if (invoice === undefined) return missing("invoice", id);
        if (invoice.status !== "open" && invoice.status !== "uncollectible")
          return refusal(400, `You can only void open invoices; this one is ${invoice.status}.`);
        invoice.status = "void";
        return { status: 200, body: shown(invoice) };
      case "GET /v1/invoiceitems":
        return list(
          itemsOf(params["invoice"] ?? "").map((item) => ({ ...item, object: "invoiceitem" })),
        );
      case "POST /v1/invoiceitems":
        return addItem(params);
      case "GET /v1/invoice_payments": {
        const intent = params["payment[payment_intent]"];
        const own = [...invoices.values()].filter((each) => each.payment_intent === intent);
        return list(own.map((each) => ({ object: "invoice_payment", invoice: each.id })));
      }
      default:
        return refusal(404, `Unrecognized request URL (${route}).`);
    }
  }

  function addItem(params: StripeRequest["params"]): Answer {
    const invoice = invoices.get(params["invoice"] ?? "");
    if (invoice === undefined) return missing("invoice", params["invoice"] ?? "");
    if (invoice.status !== "draft") return refusal(400, "This invoice is no longer editable.");
    const amount = Number(params["amount"]);
    if (!Number.isSafeInteger(amount)) return refusal(400, `Invalid integer: ${params["amount"]}`);
    const isInTens = ["bhd", "jod", "kwd", "omr", "tnd"].includes(invoice.currency);
    if (params["currency"] !== invoice.currency || (isInTens && amount % 10 !== 0))
      return refusal(400, `Invalid amount in ${params["currency"]}: ${amount}`);
    const { id } = invoice;
    const metadata = nested(params, "metadata");
    const item = {
      id: nextId("ii"),
      invoice: id,
      amount,
      description: params["description"] ?? "",
      metadata,
    };
    items.push(item);
    return { status: 200, body: { ...item, object: "invoiceitem" } };
  }

  /** Does it, or gives again what was answered under the key. */
  function answerOnce(request: StripeRequest, fault: StripeFault | undefined): Answer {
    const { method, key, path, params } = request;
    const digest = createHash("sha256")
      .update(JSON.stringify([path, params]))
      .digest("hex");
    const before = method === "POST" && key !== "" ? kept.get(key) : undefined;
    if (before !== undefined && before.digest !== digest)
      return {
        status: 400,
        body: {
          error: {
            type: "idempotency_error",
            message:
              "Keys for idempotent requests can only be used with the same parameters they were first used with.",
          },
        },
      };
    if (before !== undefined) return before.answer;
    const failed = {
      status: 500,
      body: { error: { type: "api_error", message: "An error occurred." } },
    };
    const done = fault === "failed" ? failed : answerTo(request);
    const answer = fault === "done_and_failed" ? failed : done;
    // What is refused for its parameters is not kept.
    if (answer.status < 400 || answer.status >= 500) kept.set(key, { digest, answer });
    return answer;
  }

  const standIn = {
    url: "",
    requests,
    invoices,
    /** Asked with each request before it is done. */
    fault: (_request: StripeRequest): StripeFault | undefined => undefined,
    /** Asked before a request is looked at; it waits for it. */
    before: async (_request: StripeRequest): Promise<void> => {},
    itemsOf,
    totalOf,
    /** Those that are not deleted. */
    standing: () => [...invoices.values()].filter(({ status }) => status !== "deleted"),
    /** Forgets its keys, as Stripe may after a day. */
    forgetKeys: () => kept.clear(),
    /** The customer pays; what goes beyond is over. */
    pay(invoice: StandInInvoice, amount = totalOf(invoice.id) - invoice.paid): void {
      const due = totalOf(invoice.id);
      invoice.paid = Math.min(due, invoice.paid + amount);
      invoice.overpaid += Math.max(0, amount - due);
      if (invoice.paid === due) invoice.status = "paid";
    },
    /** An event of Stripe, as bytes; of another object than the invoice where given. */
    event(type: string, of: StandInInvoice, id = nextId("evt"), created = 1_704_067_200): string {
      const { charge, payment_intent, refunded } = of;
      const object = type.startsWith("charge.")
        ? { id: charge, object: "charge", payment_intent, amount_refunded: refunded }
        : shown(of);
      return JSON.stringify({ id, object: "event", type, created, data: { object } });
    },
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };

  async function take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://stripe");
    const body = await text(incoming);
    const path = url.pathname;
    const method = incoming.method ?? "GET";
    const request: StripeRequest = {
      nth: requests.length + 1,
      method,
      path,
      route: `${method} ${path.replace(/\/in_\w+/, "/:id")}`,
      params: Object.fromEntries([...url.searchParams, ...new URLSearchParams(body)]),
      key: String(incoming.headers["idempotency-key"] ?? ""),
    };
    requests.push(request);
    await standIn.before(request);
    if (incoming.headers.authorization !== `Bearer ${given.key}`)
      return send(outgoing, refusal(401, "Invalid API Key provided."));
    const fault = standIn.fault(request);
    if (fault === "away") return void outgoing.destroy();
    if (fault === "busy") return send(outgoing, refusal(429, "Too many requests."));
    if (fault === "conflict")
      return send(outgoing, refusal(409, "Another request holds it.", "lock_timeout"));
    const answer = answerOnce(request, fault);
    if (fault === "lost") outgoing.destroy();
    else if (fault === "cut") cut(outgoing, answer);
    else send(outgoing, answer);
  }
  const server = createServer((incoming, outgoing) => void take(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  standIn.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return standIn;
}

export type StripeStandIn = Awaited<ReturnType<typeof openStripeStandIn>>;

/** The `Stripe-Signature` of a body, as Stripe makes it; `at` in seconds. */
export function stripeSignature(body: string, secret: string, at: number): string {
  const signature = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  return `t=${at},v1=${signature}`;
}

function send(outgoing: ServerResponse, { status, body }: Answer): void {
  outgoing.writeHead(status, { "content-type": "application/json", "request-id": "req_1" });
  outgoing.end(JSON.stringify(body));
}

function cut(outgoing: ServerResponse, { status, body }: Answer): void {
  const whole = JSON.stringify(body);
  outgoing.writeHead(status, { "content-length": String(whole.length) });
  outgoing.write(whole.slice(0, whole.length / 2), () => outgoing.destroy());
}

function refusal(status: number, message: string, code?: string): Answer {
  return { status, body: { error: { type: "invalid_request_error", message, code } } };
}

function list(data: readonly object[]): Answer {
  return { status: 200, body: { object: "list", data, has_more: false } };
}

/** `metadata[a]=1` as `{ a: "1" }`. */
function nested(params: StripeRequest["params"], name: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).flatMap(([each, value]) => {
      const inner = new RegExp(`^${name}\\[(\\w+)\\]$`).exec(each)?.[1];
      return inner === undefined ? [] : [[inner, value]];
    }),
  );
}
