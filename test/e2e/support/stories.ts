/** The vendor of the stories about subscriptions, and what their customers use. */
export const call = { price: "calls", meter: "calls", model: "per_unit", unit_amount: "0.01" };
export const base = { price: "base", model: "flat", amount: "31", description: "Monthly fee" };

export function planOf(plan: string, ...prices: object[]) {
  return { plan, currency: "USD", prices };
}

const seats = { price: "seats", model: "per_unit", unit_amount: "10", description: "Seats" };
export const catalog = {
  meters: [{ meter: "calls", event_type: "call", aggregation: "sum", value_property: "n" }],
  plans: [
    planOf("dev", base, call),
    planOf("pro", { ...base, amount: "62" }, { ...call, unit_amount: "0.005" }),
    planOf("dated", base, call),
    planOf("team", base, seats),
    planOf("care", { ...base, amount: "15.5", description: "Care" }),
    planOf("ahead", { ...base, payment_term: "in_advance" }),
    planOf("committed", {
      ...call,
      description: "Calls",
      included_units: "100",
      discount_percent: "10",
      commitment: { amount: "5", overage_factor: "1.5" },
      maximum_amount: "9",
    }),
    planOf("further", { ...base, amount: "62", payment_term: "in_advance" }),
  ],
  customers: [
    ...[
      "trial",
      "upgrade",
      "dated",
      "backdated",
      "paused",
      "cancelled",
      "team",
      "ahead",
      "adjusted",
    ].map((customer) => ({ customer })),
    { customer: "approved", approval: "pending" },
    { customer: "contracted" },
    { customer: "discounted" },
    { customer: "committed" },
  ],
  coupons: [
    {
      coupon: "welcome",
      name: "Welcome",
      percent_off: "12.5",
      duration: "repeating",
      periods: "2",
    },
    { coupon: "forty", amount_off: "40", currency: "USD", duration: "forever" },
  ],
  contracts: [
    {
      contract: "signed",
      customer: "contracted",
      signed_on: "2023-12-01",
      effective_at: "2024-01-01T00:00:00Z",
      overrides: [
        { plan: "dev", price: "base", model: "flat", amount: "20", description: "Agreed fee" },
      ],
    },
  ],
};

/** A call's number tells when it was. */
const reported: readonly [string, string, number][] = [
  ["trial", "2024-01-05T00:00:00Z", 100],
  ["trial", "2024-01-15T00:00:00Z", 20],
  ["upgrade", "2024-01-11T11:59:59.999999Z", 1_000],
  ["upgrade", "2024-01-11T12:00:00Z", 20_000],
  ["dated", "2024-01-31T23:59:59.999999Z", 500],
  ["dated", "2024-02-01T00:00:00Z", 700],
  ["backdated", "2024-01-04T00:00:00Z", 1],
  ["backdated", "2024-01-06T00:00:00Z", 200],
  ["paused", "2024-01-11T11:59:59Z", 10],
  ["paused", "2024-01-20T00:00:00Z", 200],
  ["paused", "2024-02-12T00:00:00Z", 3_000],
  ["cancelled", "2024-01-31T23:59:59Z", 40],
  ["cancelled", "2024-02-01T00:00:00Z", 500],
  ["approved", "2024-01-09T23:59:59Z", 60],
  ["approved", "2024-01-12T00:00:00Z", 700],
  ["discounted", "2024-01-05T00:00:00Z", 333],
  ["discounted", "2024-02-05T00:00:00Z", 1_000],
  ["committed", "2024-01-05T00:00:00Z", 333],
  ["committed", "2024-02-05T00:00:00Z", 900],
];

export const events = reported.map(eventOf);

/** What is told of January when that is billed. */
export const late = ["discounted", "committed"].map((customer, index) =>
  eventOf([customer, "2024-01-31T00:00:00Z", 101], reported.length + index),
);

function eventOf([customer, time, n]: readonly [string, string, number], index: number) {
  return { id: `${customer}-${time}-${index}`, type: "call", customer, time, properties: { n } };
}
