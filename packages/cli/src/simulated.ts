import type { Simulated, SimulatedCurrency, SimulatedCustomer } from "@tallybook/audit";
import { currency as currencyOf, minorText } from "@tallybook/money";
import { formatTime } from "@tallybook/periods";
import { table } from "./table.ts";

/** What another price comes to: the sum, the distribution of bills, and who pays most more and most less. */
export function simulatedText(simulated: Simulated, top: number): readonly string[] {
  const { currencies, customers, parked, plan, by, period } = simulated;
  const name = by === plan ? `plan ${plan} as in the file` : `plan ${by} of the file`;
  const title = `${name} instead of plan ${plan} as it is, for billing periods that begin from ${shortTime(period.from)} on and are over by ${shortTime(period.to)}:`;
  if (customers.length === 0)
    return [title, "", `Nobody has had a bill by plan ${plan} other: there is nothing to compare.`];
  return [
    title,
    ...currencies.flatMap((each) => [
      "",
      ...currencyText(each),
      ...customersText(each, customers, top),
    ]),
    ...parkedText(parked),
  ];
}

function currencyText(of: SimulatedCurrency): string[] {
  const money = (minor: string) => moneyText(minor, of.currency);
  const columns = [
    { title: "of all bills" },
    { title: "now", align: "right" },
    { title: "then", align: "right" },
    { title: "a bill rises by", align: "right" },
  ] as const;
  const rows = (["p50", "p90", "p99", "worst"] as const).map((place) => [
    place,
    money(of.bills_now[place]),
    money(of.bills_other[place]),
    money(of.rises[place]),
  ]);
  const total = ["together", money(of.now), money(of.other), money(of.difference)];
  return [
    `${of.more + of.less + of.same} customers and ${of.bills} bills in ${of.currency}: ${of.more} customers pay more, ${of.less} less, ${of.same} the same.`,
    "",
    ...table(columns, [...rows, total]),
  ];
}

function customersText(
  { currency }: SimulatedCurrency,
  customers: readonly SimulatedCustomer[],
  top: number,
): string[] {
  const own = customers.filter((each) => each.currency === currency);
  const isLess = ({ difference }: SimulatedCustomer) => difference.startsWith("-");
  const more = own.filter((each) => each.difference !== "0" && !isLess(each)).slice(0, top);
  const less = own.filter(isLess).toReversed().slice(0, top);
  return [
    ...listed("Who pays more, and most first:", more, currency),
    ...listed("Who pays less, and least first:", less, currency),
  ];
}

function listed(
  title: string,
  customers: readonly SimulatedCustomer[],
  currency: string,
): string[] {
  if (customers.length === 0) return [];
  const columns = [
    { title: "customer" },
    { title: "bills", align: "right" },
    { title: "now", align: "right" },
    { title: "then", align: "right" },
    { title: "difference", align: "right" },
    { title: "%", align: "right" },
  ] as const;
  const rows = customers.map((each) => [
    each.customer,
    String(each.bills),
    moneyText(each.now, currency),
    moneyText(each.other, currency),
    moneyText(each.difference, currency),
    each.percent ?? "-",
  ]);
  return ["", title, ...table(columns, rows)];
}

function parkedText({ now, other }: Simulated["parked"]): string[] {
  if (now + other === 0) return [];
  return ["", `Charges that cannot be rated are in no amount: ${now} now, ${other} then.`];
}

function moneyText(minor: string, code: string): string {
  const currency = currencyOf(code);
  return currency === undefined ? `${minor} minor units` : minorText(minor, currency);
}

function shortTime(time: number): string {
  return formatTime(time).replace(/T00:00:00Z$/, "");
}
