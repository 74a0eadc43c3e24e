import { authenticate, keyWithId, type Caller, type Catalog } from "@tallybook/catalog";
import type { Micros } from "@tallybook/periods";
import {
  createAccess,
  described,
  Problem,
  text,
  time,
  output,
  type Access,
  type HttpServer,
} from "@tallybook/service";
import {
  sessionOf,
  sessionSeconds,
  sessionToken,
  stripeSessionPath,
  stripeStreamPath,
} from "@tallybook/usage";

/** The API keys, and the sessions that holders of them began. */
export interface Keys {
  /** Whom a path lets in: the stream of Stripe's meter events the holders of a session as well. */
  accessAt(path: string): Access<Caller>;
  /** A token for that holder of a key, which all instances know until its end. */
  begin(caller: Caller): { readonly token: string; readonly now: Micros; readonly expires: Micros };
}

const microsPerSecond = 1_000_000;

export function createKeys(catalog: () => Catalog, wallClock: () => Micros): Keys {
  const seconds = (): number => Math.floor(wallClock() / microsPerSecond);

  function callerInSession(token: string): Caller | undefined {
    const session = sessionOf(
      token,
      seconds(),
      (said) => keyWithId(catalog(), said, wallClock())?.hash,
    );
    return session && keyWithId(catalog(), session, wallClock())?.caller;
  }

  const withKey = (sha256Hex: string): Caller | undefined =>
    authenticate(catalog(), sha256Hex, wallClock());
  const usual = createAccess(withKey, { basic: true });
  const ofStream = createAccess((sha256Hex, key) => withKey(sha256Hex) ?? callerInSession(key));
  return {
    accessAt: (path) => (path === stripeStreamPath ? ofStream : usual),
    begin(caller) {
      const key = keyWithId(catalog(), caller, wallClock());
      // Revoked a moment ago.
      if (key === undefined) throw new Problem({ status: 401, title: "Unauthorized" });
      const now = seconds();
      const expires = now + sessionSeconds;
      const { tenant, api_key } = caller;
      const token = sessionToken({ tenant, api_key, expires }, key.hash);
      return { token, now: now * microsPerSecond, expires: expires * microsPerSecond };
    },
  };
}

/** `POST /v2/billing/meter_event_session`, as Stripe answers it. */
export function addSessionRoute(server: HttpServer, { keys }: { readonly keys: Keys }): void {
  const access = keys.accessAt(stripeSessionPath);
  const options = { onRequest: [access.allow("producer", "admin")] };
  server.post(stripeSessionPath, described(options, description), (request) => {
    const { token, now, expires } = keys.begin(access.callerOf(request));
    return {
      id: `mes_${token.slice(-24)}`,
      object: "v2.billing.meter_event_session",
      authentication_token: token,
      created: isoOf(now),
      expires_at: isoOf(expires),
      livemode: true,
    };
  });
}

function isoOf(micros: Micros): string {
  return new Date(micros / 1_000).toISOString();
}

const description = {
  summary: "Begins a session for Stripe's stream of meter events, of 15 minutes",
  about: "Its token ends with its key. Answered as Stripe's clients expect.",
  tag: "Front doors",
  answers: {
    200: output({
      id: text,
      object: { const: "v2.billing.meter_event_session" },
      authentication_token: text,
      created: time,
      expires_at: time,
      livemode: { const: true },
    }),
  },
} as const;
