import path from "node:path";

import { expect, test } from "vitest";

import { stories } from "./stories.ts";
import { told } from "./story.ts";

const page = path.join(import.meta.dirname, "../../../docs/invoice-stories.md");

const head = `# What becomes of invoices, in stories

Each is asked of the routes, one line after the other, and posted by the rater: what was answered, what is true of the customer's invoices then,
and what the journal has more than before. Amounts that are asked are in cents, postings in dollars; \`(1)\` is what a refusal said. Of the three
customers, \`c1\` is invoiced by an entity in Germany, with its numbers and a tax of 19 %, \`c2\` by one in the US, to be paid within 20
days, and \`c3\` by the tenant itself. [invoices.md](invoices.md) says what the requests are.

A test writes this page, and holds it: \`npm run test:unit -- test/simulation/life/stories.test.ts -u\`, after a change on purpose.
`;

test("docs/invoice-stories.md tells what becomes of invoices", { timeout: 120_000 }, async () => {
  const texts: string[] = [];
  for (const story of stories)
    texts.push(`## ${story.title}\n\n\`\`\`\n${await told(story)}\n\`\`\`\n`);
  await expect([head, ...texts].join("\n")).toMatchFileSnapshot(page);
});
