import { parseTime, type Micros } from "@tallybook/periods";
import {
  readEnv,
  readHost,
  readInstance,
  readKafka,
  UnfitEnvironment,
  type Env,
  type Instance,
} from "@tallybook/service";
import type { FirstSettings } from "./first-facts.ts";

export interface Config {
  readonly kafka: { readonly brokers: readonly string[]; readonly prefix: string };
  readonly instance: Instance;
  readonly host: string;
  readonly port: number;
  readonly settings: FirstSettings;
  /** SHA-256 of the first admin's key, hex; null: the catalog has one. */
  readonly adminKeyHash: string | null;
  /** Where it stands instead, as on a volume; empty: nowhere. */
  readonly adminKeyHashFile: string;
  readonly failpoint: string;
}

const secondsMax = 100 * 366 * 86_400;

export function readConfig(env: Env): Config {
  return readEnv(env, (read) => {
    const seconds = (name: string, fallback: number): number =>
      read.integer(name, { min: 0, max: secondsMax, fallback });
    const forever = env["WINDOW_SECONDS"] === "forever";
    return {
      kafka: readKafka(read),
      instance: readInstance(read),
      host: readHost(read),
      port: read.port("PORT"),
      settings: {
        clock: clockOf(read.text("CLOCK", { fallback: "" })),
        window_seconds: forever ? null : seconds("WINDOW_SECONDS", 35 * 86_400),
        ahead_seconds: seconds("AHEAD_SECONDS", 3_600),
        grace_seconds: seconds("GRACE_SECONDS", 3_600),
        cut_interval_seconds: read.integer("CUT_INTERVAL_SECONDS", {
          min: 1,
          max: secondsMax,
          fallback: 3_600,
        }),
      },
      adminKeyHash: hashOf(read.secret("ADMIN_KEY_SHA256", { fallback: "" })),
      adminKeyHashFile: read.text("ADMIN_KEY_SHA256_FILE", { fallback: "" }),
      failpoint: read.text("FAILPOINT", { fallback: "" }),
    };
  });
}

function clockOf(text: string): Micros | null {
  if (text === "") return null;
  const clock = parseTime(text);
  if (clock === undefined) {
    throw new UnfitEnvironment(
      `CLOCK is ${JSON.stringify(text)}: set it to a time like 2023-11-01T00:00:00Z.`,
    );
  }
  return clock;
}

/** SHA-256 as lower-case hex; null for an empty text, and UnfitEnvironment for any other. */
export function hashOf(text: string, name = "ADMIN_KEY_SHA256"): string | null {
  if (text === "") return null;
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new UnfitEnvironment(
      `${name} is unfit: set it to the SHA-256 of the key, 64 hex digits.`,
    );
  }
  return text.toLowerCase();
}
