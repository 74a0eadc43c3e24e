// A process of its own that runs a stack, for the test that kills it. Its argument: StackOptions as JSON.
import { startStack } from "../../src/up/stack.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as Parameters<typeof startStack>[0];
const stack = await startStack({ ...options, say: () => {} });
process.stdout.write(`${stack.url}\n`);
