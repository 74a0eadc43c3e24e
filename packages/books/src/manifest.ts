import { hex } from "@tallybook/journal";
import type { HeadSigned } from "@tallybook/journal";

import { type AccountBalance, totalsOf } from "./balances.ts";

/** Steps of the journal: those behind `after`, up to and with `to`. */
export interface StepRange {
  /** -1: from the beginning. */
  readonly after: number;
  readonly to: number;
}

export interface ExportedFile {
  readonly name: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface ManifestBasis {
  readonly tenant: string;
  /** Whose books alone; null: the tenant's own; undefined: everybody's. */
  readonly entity: string | null | undefined;
  readonly range: StepRange;
  readonly transactions: number;
  readonly postings: number;
  /** Of the journal's own accounts, unmapped. */
  readonly balances: readonly AccountBalance[];
  readonly files: readonly ExportedFile[];
  /** Of the last step of the range. */
  readonly head: HeadSigned;
  /** Ed25519, raw: whoever holds it can check the head. */
  readonly publicKey: Uint8Array;
}

/** What an export holds, and the signed head that it goes up to; the same range has the same bytes. */
export function manifestText(basis: ManifestBasis): string {
  const { tenant, entity, range, transactions, postings, balances, files, head, publicKey } = basis;
  const manifest = {
    format: 1,
    tenant,
    ...(entity === undefined ? {} : { entity }),
    steps: range,
    transactions,
    postings,
    totals: totalsOf(balances),
    accounts: balances.map(
      ({ account, entity: of, currency, opening, debits, credits, closing }) => ({
        account,
        ...(of === null ? {} : { entity: of }),
        currency,
        opening,
        debits,
        credits,
        closing,
      }),
    ),
    files,
    head: {
      step: head.step,
      cut: head.cut,
      cut_root: hex(head.cut_root),
      sequence: head.seq,
      hash: hex(head.hash),
      invoices_offset: head.invoices_offset,
      signature: hex(head.signature),
      public_key: hex(publicKey),
    },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
