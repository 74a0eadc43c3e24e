import type { TransactionPosted } from "@tallybook/journal";
import { formatTime } from "@tallybook/periods";

import { plainText } from "./names.ts";

/** The day of a transaction, UTC: `2026-02-01`. */
export function dayOf({ date }: Pick<TransactionPosted, "date">): string {
  return formatTime(date).slice(0, 10);
}

/** What a transaction is, on one line: its kind, customer, plan and price, and its period's first day. */
export function narration({ transaction_kind, evidence }: TransactionPosted): string {
  const { customer, plan, price, period_from, period_to } = evidence;
  const what = [transaction_kind, customer, plan, price ?? ""].filter((part) => part !== "");
  const days = [period_from, period_to].map((time) => formatTime(time).slice(0, 10)).join("/");
  return plainText([...what, days].join(" "));
}

/** What a transaction is found again by, in the order in which it is written; all values are plain texts. */
export function references(transaction: TransactionPosted): readonly (readonly [string, string])[] {
  const { id, seq, hash, previous, cause, adjusts, revision, evidence } = transaction;
  const { meter, meter_version, plan_version, contract, contract_version, invoice } = evidence;
  const all: readonly (readonly [string, string | number | null])[] = [
    ["transaction", id],
    ["sequence", seq],
    ["hash", hexText(hash)],
    ["previous", hexText(previous)],
    ["cause", cause],
    ["cut", revision],
    ["adjusts", adjusts],
    ["invoice", invoice],
    ["plan-version", plan_version],
    ["meter", meter],
    ["meter-version", meter_version],
    ["contract", contract],
    ["contract-version", contract_version],
  ];
  return all.flatMap(([name, value]) =>
    value === null ? [] : [[name, plainText(String(value))] as const],
  );
}

/** Every name that `references` writes. */
export const referenceNames: readonly string[] = [
  "transaction",
  "sequence",
  "hash",
  "previous",
  "cause",
  "cut",
  "adjusts",
  "invoice",
  "plan-version",
  "meter",
  "meter-version",
  "contract",
  "contract-version",
];

export function hexText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
