import { applyExample } from "@tallybook/cli";
import { startStack, type TestStack } from "@tallybook/testkit";

/** What hooks.py asks about. */
const customer = "fuzzed";
const dayMs = 86_400_000;

/**
 * A stack with the example's meters and plans, and a customer with a subscription. Time runs by itself: a simulated clock
 * would be sent to the end of days.
 */
export async function startAskedStack(): Promise<TestStack> {
  const stack = await startStack();
  const start = new Date(Date.now() - dayMs).toISOString();
  await applyExample(stack.target, {
    customers: [{ customer }],
    subscriptions: [{ customer, plan: "ai_developer", start }],
  });
  return stack;
}
