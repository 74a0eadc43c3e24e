import { createFailpoints, run, runWorkers, untilStopped } from "../src/index.ts";

/** A small service for the tests of `run`: its first argument says what goes wrong. */
const fault = process.argv[2];

await run("sample", async ({ open, stopping, logger }) => {
  const failpoint = createFailpoints(process.env["FAILPOINT"]);
  open("first", (name) => console.log(`closed ${name}`));
  open("second", (name) => {
    console.log(`closed ${name}`);
    if (fault === "closer") throw new Error("the closer failed");
  });
  open("third", (name) => console.log(`closed ${name}`));
  if (fault === "main") throw new Error("main failed");
  if (fault === "escaped") void Promise.reject(new Error("nobody caught this"));
  if (fault === "return") return;
  if (fault === "fenced") {
    throw Object.assign(new Error("commit by sample: the epoch is old"), { name: "Fenced" });
  }
  if (fault === "stalled") {
    const silent = { name: "partition 3", turn: () => new Promise<"idle">(() => {}) };
    const lag = async () => true;
    await runWorkers([{ ...silent, lag }], stopping, { silentMsMax: 1_000, lookMs: 100 });
  }
  for (let turn = 0; turn < 3; turn += 1) {
    failpoint("deduper.read");
    console.log(`turn ${turn}`);
  }
  logger.info("up");
  const alive = setInterval(() => {}, 60_000);
  await untilStopped(stopping);
  clearInterval(alive);
});
