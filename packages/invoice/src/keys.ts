import type { Micros } from "@tallybook/periods";

export function subscriptionKey(tenant: string, subscription: string): string {
  return `${tenant}\u001f${subscription}`;
}

export function periodKey(tenant: string, subscription: string, from: Micros): string {
  return `${subscriptionKey(tenant, subscription)}\u001f${from}`;
}
