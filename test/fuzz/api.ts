import { parseArgs } from "node:util";
import { askByDocument } from "./schemathesis.ts";
import { startAskedStack } from "./stage.ts";

const help = `npm run fuzz:api -- [--minutes M] [--seed S]

Lets schemathesis ask a stack of its own everything that /openapi.json says, and more that it does not. Ends with 1 for a
5xx, a status or a content type that the document has not, an answer that is not as it says, or bad input that is taken.

  --minutes M  10 unless given
  --seed S     1 unless given`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(help);
else process.exitCode = await fuzz(Number(values.minutes) * 60, Number(values.seed));

async function fuzz(seconds: number, seed: number): Promise<number> {
  await using stack = await startAskedStack();
  const { code, said } = await askByDocument({
    ...stack.target,
    known: stack.known,
    bound: { seconds },
    seed,
  });
  console.log(said);
  return code === 0 ? 0 : 1;
}
