import { createClient } from "../../src/index.ts";

/** A program that tracks events and ends as its last argument says: by itself, by a signal, or by `process.exit`. */
const [url = "", count = "", end = "", spool] = process.argv.slice(2);
const client = createClient({ url, key: "k" });
const tracker = await client.tracker({
  lingerMs: 60_000,
  exitMsMax: 5_000,
  ...(spool === undefined ? {} : { spool }),
});
for (let number = 0; number < Number(count); number += 1)
  tracker.track({ id: `e-${number}`, type: "t", customer: "c" });

if (end === "kept") {
  await tracker.kept();
  process.kill(process.pid, "SIGKILL");
}
if (end === "exit") process.exit(0);
if (end === "signal") process.kill(process.pid, "SIGTERM");
