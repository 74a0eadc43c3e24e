import { decimal } from "@tallybook/money";
import { makeCharge, type QuantityCharge, rateQuantity } from "@tallybook/pricing";

/** Graduated lines of four tiers rated per second of one core, each of another quantity; what stands behind a quantity plays no part. */
export function ratedLinesPerSecond(lines = 100_000): number {
  const charge = fourTiers();
  const quantities = Array.from({ length: 1_000 }, (_, index) => decimal(`${index * 37}.25`));
  let rated = 0;
  const before = process.cpuUsage();
  while (rated < lines) {
    for (const quantity of quantities) {
      rated += rateQuantity(charge, quantity).shares.length > 0 ? 1 : 0;
    }
  }
  const { user, system } = process.cpuUsage(before);
  return rated / ((user + system) / 1e6);
}

function fourTiers(): QuantityCharge {
  const tier = { flat_amount: null, cap_amount: null };
  const made = makeCharge(
    {
      model: "graduated",
      tiers: [
        { ...tier, up_to: "1000", unit_amount: "0.05" },
        { ...tier, up_to: "10000", unit_amount: "0.04" },
        { ...tier, up_to: "25000", unit_amount: "0.035" },
        { ...tier, up_to: null, unit_amount: "0.0275", flat_amount: "10" },
      ],
      per: "1000",
      beyond: null,
      zero_usage: "first_flat",
    },
    { meter: "units" },
  );
  if (made.ok && made.charge.model === "graduated") return made.charge;
  throw new Error("the price of the benchmark is refused");
}
