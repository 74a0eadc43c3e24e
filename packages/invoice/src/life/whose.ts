/** Whose money it is. */
export interface Whose {
  readonly tenant: string;
  readonly customer: string;
  readonly currency: string;
}

/** Under which a tenant's customer is kept. */
export function customerKey(tenant: string, customer: string): string {
  return `${tenant}\u001f${customer}`;
}

/** Under which a customer's credit in a currency is kept. */
export function creditKey({ tenant, customer, currency }: Whose): string {
  return `${customerKey(tenant, customer)}\u001f${currency}`;
}
