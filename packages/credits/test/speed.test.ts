import { type Credits, totalOf } from "@tallybook/credits";
import { toText } from "@tallybook/money";
import { expect, test } from "vitest";
import { after, creditsOf, DAY, grant, run, start, use } from "./examples.ts";

const grants = Array.from({ length: 20 }, (_, index) =>
  grant({
    grant: `g${index}`,
    amount: "20000.5",
    priority: index % 3,
    expires_at: start + (20 + index) * DAY,
  }),
);
const second = 1_000_000;
const use3 = (index: number) => use(start + index * second, "3.25");

/** Processor time, which other work on the machine does not add to; ten times what was measured. */
const secondsMax = 3;

test("a hundred thousand uses, one decision each over twenty grants, take a fraction of a second", () => {
  const before = process.cpuUsage();
  let credits: Credits = creditsOf(grants);
  for (let index = 0; index < 100_000; index += 1) {
    credits = after(credits, { kind: "use", ...use3(index) });
  }
  expect(secondsSince(before)).toBeLessThan(secondsMax);
  expect(toText(totalOf(credits))).toBe("75010");
});

test("a batch of a hundred thousand comes to the same in less", () => {
  const uses = Array.from({ length: 100_000 }, (_, index) => use3(index));
  const before = process.cpuUsage();
  const { credits } = run(creditsOf(grants), start + 100_000 * second, uses);
  expect(secondsSince(before)).toBeLessThan(secondsMax);
  expect(toText(totalOf(credits))).toBe("75010");
});

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
