import { taxCalculatorOf } from "@tallybook/catalog";
import type { Catalog } from "@tallybook/catalog";
import {
  calculationId,
  calculatorRequest,
  readCalculated,
  requestDigest,
  signatures,
  tellTaxes,
} from "@tallybook/invoice";
import type { InvoiceDrafted, TaxCalculated, TaxTold } from "@tallybook/invoice";
import type { Micros } from "@tallybook/periods";
import type { Outbound } from "@tallybook/service";

/** What the taxes of a draft are now: told by the catalog, or by an outside calculator, whose answer is a fact. */
export type DraftTold =
  | Exclude<TaxTold, { kind: "ask" }>
  | {
      readonly kind: "calculated";
      readonly fact: TaxCalculated;
      readonly basis: Extract<TaxTold, { kind: "ask" }>["basis"];
    };

export interface TaxDesk {
  /** Never guesses: without an answer in time, or with one that cannot be used, nobody can tell it, and the reason says why. */
  tell(draft: InvoiceDrafted, asked_at: Micros): Promise<DraftTold>;
}

const answerBytesMax = 256 * 1_024;

/** `secrets`: by the names that calculators give them, behind `TENANT/` where the tenant is another than `default`. */
export function createTaxDesk(given: {
  readonly known: () => Catalog;
  readonly outbound: Outbound;
  readonly secrets: ReadonlyMap<string, string>;
  /** The deployment's clock. */
  readonly now: () => Micros;
  /** The wall's, in milliseconds: whoever checks a signature asks it. */
  readonly wallMs: () => number;
}): TaxDesk {
  const { known, outbound, secrets } = given;
  return {
    async tell(draft, asked_at) {
      const catalog = known();
      const at = Math.max(asked_at, draft.drafted_at);
      const told = tellTaxes(draft, { catalog, catalog_offset: catalog.offset, at });
      if (told.kind !== "ask") return told;
      const { basis, calculator: name } = told;
      const unknown = (why: string): DraftTold => ({
        kind: "unknown",
        reason: `tax calculator ${name}: ${why}; finalize the draft to ask it again`,
      });
      const calculator = taxCalculatorOf(catalog, draft.tenant, name);
      if (calculator === undefined) return unknown("there is none: apply it to tax_calculators");
      const secretName = nameOfSecret(draft.tenant, calculator.secret);
      const secret = secrets.get(secretName);
      if (secret === undefined)
        return unknown(
          `the deployment has no secret ${secretName}: name it in TAX_SECRETS, such as ${secretName}=whsec_…`,
        );
      const body = calculatorRequest(draft, basis);
      const timestamp = Math.floor(given.wallMs() / 1_000);
      const id = `tax_${draft.invoice}`;
      const answer = await outbound.send({
        url: calculator.url,
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "Tallybook",
          "idempotency-key": draft.invoice,
          "webhook-id": id,
          "webhook-timestamp": String(timestamp),
          "webhook-signature": signatures({ id, timestamp, body }, [secret]),
        },
        body: Buffer.from(body),
        msMax: Number(calculator.wait_ms),
        answerBytesMax,
      });
      if (answer.kind !== "answered") return unknown(answer.detail);
      if (answer.status !== 200) return unknown(`it answered ${answer.status}`);
      if (!answer.isWhole) return unknown(`its answer has more than ${answerBytesMax} bytes`);
      const read = readCalculated(answer.body, draft);
      if (!read.ok) return unknown(`its answer cannot be used: ${read.why}`);
      const { tenant, invoice } = draft;
      return {
        kind: "calculated",
        basis,
        fact: {
          kind: "TaxCalculated",
          tenant,
          invoice,
          calculation: calculationId(body, answer.body),
          calculator: name,
          request_digest: requestDigest(body),
          taxes: read.taxes,
          calculated_at: given.now(),
        },
      };
    },
  };
}

/** Under which the deployment keeps a secret: two tenants may call theirs alike, and none uses another's. */
export function nameOfSecret(tenant: string, name: string): string {
  return tenant === "default" ? name : `${tenant}/${name}`;
}
