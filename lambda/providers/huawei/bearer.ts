import { PushRefusal } from '../../core/ports.ts';
import { createKept } from '../kept.ts';

/** A token of ours, good until then, in epoch milliseconds. */
export type Token = { token: string; until: number };

type Options = {
  /** Rejects with PushRefusal. */
  readSecret(): Promise<string>;
  /**
   * Makes a token of what a secret holds; undefined where it is of no use. Rejects with PushRefusal.
   *
   * @param needed whether a push waits for it, since there is none
   */
  makeToken(secretText: string, needed: boolean): Promise<Token | undefined>;
  /** Epoch milliseconds. */
  now(): number;
};

/** A token, and the secret that it is of: whoever is refused with the one, doubts the other. */
type Bearer = { token: string; secret: { text: string } };

export type Credential = {
  /** Undefined where the secret is of no use, or was a moment ago. Rejects with PushRefusal. */
  get(): Promise<Bearer | undefined>;
  /** Huawei has refused it: secret and token are got anew next time, unless that has been done since. */
  forget(bearer: Bearer): void;
  /** Huawei has refused the new one as well: nothing is sent for a moment. */
  giveUp(bearer: Bearer): void;
};

/** A new version of a secret is found within these; at once where the one that is kept is of no use. */
const secretLifetimeMs = 300_000;
/** And for so long it does where Secrets Manager tells none: then somebody must see that it is so. */
const secretGoodForMs = 6 * 3_600_000;

/** A token is got anew in its last five minutes, while the old one still does. */
const renewedMs = 300_000;

/** Huawei gives out 1,000 access tokens in 5 minutes ("OAuth 2.0-based authentication"): a wrong secret must not ask for more. */
const pauseMs = 10_000;

/** What proves to Huawei who we are, kept across invocations. */
export const createCredential = ({ readSecret, makeToken, now }: Options): Credential => {
  let pausedUntil = 0;
  const secrets = createKept(
    // Where Secrets Manager fails, what it has told is none the worse.
    async () => ({
      value: { text: await readSecret() },
      until: now() + secretLifetimeMs,
      goodUntil: now() + secretGoodForMs,
    }),
    now,
  );
  const bearers = createKept<Bearer>(async (needed) => {
    const kept = await secrets.get();
    let secret = kept;
    let made = await makeToken(kept.text, needed);
    if (made === undefined) {
      secrets.forget(kept);
      secret = await secrets.get();
      if (secret.text !== kept.text) made = await makeToken(secret.text, needed);
    }
    if (made !== undefined)
      return { value: { token: made.token, secret }, until: made.until - renewedMs, goodUntil: made.until };
    pausedUntil = now() + pauseMs;
    throw new PushRefusal('application-disabled');
  }, now);

  return {
    get: async () => (now() < pausedUntil ? bearers.peek() : bearers.get()),
    forget: (bearer) => {
      bearers.forget(bearer);
      secrets.forget(bearer.secret);
    },
    giveUp: (bearer) => {
      bearers.forget(bearer);
      pausedUntil = now() + pauseMs;
    },
  };
};
