import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import type { Call, Command } from "../command.ts";
import { misuse } from "../failure.ts";
import { writeAtomically } from "../up/atomically.ts";
import { adminKey, signingKey, webhookKey } from "../up/place.ts";

export const init: Command = {
  name: "init",
  summary: "Makes the keys of a deployment whose services somebody else starts, as containers are",
  args: [],
  options: {
    "signing-key": { value: "FILE", about: "for SIGNING_KEY_FILE; made where it is not there yet" },
    "admin-key": {
      value: "FILE",
      about:
        "the first admin's API key; made where it is not there yet, and its hash beside it in FILE.sha256",
    },
    "webhook-key": { value: "FILE", about: "for WEBHOOK_KEY_FILE; made where it is not there yet" },
  },
  examples: ["npx tally init --signing-key keys/signing.pem --admin-key keys/admin.key"],
  run(call) {
    const signing = fileOf(call, "signing-key");
    const admin = fileOf(call, "admin-key");
    for (const file of [signing, admin]) mkdirSync(path.dirname(file), { recursive: true });
    signingKey(signing);
    const webhook = call.text("webhook-key");
    if (webhook !== undefined) {
      mkdirSync(path.dirname(path.resolve(webhook)), { recursive: true });
      webhookKey(path.resolve(webhook));
    }
    const key = adminKey(admin, undefined).adminKey;
    writeAtomically(`${admin}.sha256`, `${createHash("sha256").update(key).digest("hex")}\n`);
    call.print(`the signing key is in ${signing}, the admin key in ${admin}`);
    return Promise.resolve(0);
  },
};

function fileOf(call: Call, option: "signing-key" | "admin-key"): string {
  const file = call.text(option);
  if (file === undefined) throw misuse(`tally init: --${option} FILE is missing.`);
  return path.resolve(file);
}
