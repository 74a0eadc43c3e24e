import type { MovementKind, TransactionKind } from "./facts.ts";

/** In the order in which a step posts them, behind everything else. */
export const movementKinds: readonly MovementKind[] = [
  "payment",
  "payment_reversal",
  "credit",
  "refund",
  "void",
  "credit_note",
  "debit_note",
];

/** Whether a transaction moves money by a fact of `invoices`: no charge, and on no line. */
export function isMovementKind(kind: TransactionKind): kind is MovementKind {
  return (movementKinds as readonly TransactionKind[]).includes(kind);
}

/** What moves money once. */
export function movementKey(kind: MovementKind, cause: string): string {
  return `${kind}\u001f${cause}`;
}
