import type { PushReason } from '../../core/contract.ts';
import type { Answer } from '../https-post.ts';

/**
 * What became of a push: `credential-refused` where the same push may do with a new token of ours, `not-granted` where
 * Huawei has not granted the app what the push asks for.
 */
export type Verdict = { accepted: string; refused?: never } | { refused: Refusal };

type Refusal = PushReason | 'credential-refused' | 'not-granted';

/**
 * Huawei's result codes (HMS Core references, "Sending downlink messages"; HarmonyOS references, "Response parameters"
 * of scenario-specific messages), but for success. One that is not here is final, and never costs a token.
 */
const refusalOfCode: ReadonlyMap<unknown, Refusal> = new Map(
  Object.entries({
    // A parameter, the structure, the time to live, the collapse key.
    80100001: 'invalid-notification',
    80100003: 'invalid-notification',
    80100004: 'invalid-notification',
    80100013: 'invalid-notification',
    // The token of ours is wrong, or expired: of OAuth, of the service account; the latter lives for too long.
    80200001: 'credential-refused',
    80200003: 'credential-refused',
    80200005: 'credential-refused',
    80300036: 'credential-refused',
    // Push Kit is not enabled, or is for another region or project.
    80300002: 'application-disabled',
    // The app is being punished.
    80300037: 'application-disabled',
    // Longer than 4,096 bytes, or too many tokens.
    80300008: 'invalid-notification',
    80300010: 'invalid-notification',
    80300011: 'not-granted',
    // Huawei's OAuth server failed, or Push Kit itself.
    80600003: 'unavailable',
    81000001: 'unavailable',
  } as const),
);

/** Why v3 calls a token illegal: under 80100000 and 80300007. What is not here says nothing of the token. */
const refusalOfKeyword: ReadonlyMap<string, Refusal> = new Map(
  Object.entries({
    tokenFormatError: 'token-refused',
    tokenPlatformNotSupport: 'token-refused',
    // Of another project; or the phone has changed to HarmonyOS 5, and needs a new one.
    noRight: 'token-refused',
    // The app may not send messages of this push-type.
    noPushTypeRight: 'not-granted',
    countryNotSupport: 'application-disabled',
    disableSendHuaweiMsgBecauseOfPenalty: 'application-disabled',
    appinfoError: 'application-disabled',
  } as const),
);

const refusalOfStatus = (status: number): Refusal | undefined => {
  if (status === 401) return 'credential-refused';
  // The project is all of the path that may be wrong.
  if (status === 404) return 'application-disabled';
  // Flow control.
  if (status === 429 || status === 503) return 'throttled';
  return status >= 500 ? 'unavailable' : undefined;
};

type Fields = Readonly<Record<string, unknown>>;

const parsed = (json: unknown): Fields => {
  try {
    const value: unknown = JSON.parse(String(json));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};

/** `msg` is JSON: v2 lists tokens in `illegal_tokens`, v3 by keyword in `illegalTokens`. */
const refusalOfToken = (msg: unknown, isOurs: (tokens: unknown) => boolean): Refusal | undefined => {
  const { illegal_tokens: listed, illegalTokens: byKeyword } = parsed(msg);
  if (listed !== undefined) return isOurs(listed) ? 'token-refused' : undefined;
  const found = Object.entries(Object(byKeyword)).find(([, tokens]) => isOurs(tokens));
  return found && (refusalOfKeyword.get(found[0].trim()) ?? 'invalid-notification');
};

/** Reads Huawei's answer to a push to one token. Status 200 alone is no success. */
export const verdictOf = ({ status, body }: Answer, token: string): Verdict => {
  const byStatus = refusalOfStatus(status);
  if (byStatus !== undefined) return { refused: byStatus };
  const { code, msg, requestId } = parsed(body);
  const accepted = { accepted: typeof requestId === 'string' ? requestId : '' };
  switch (code) {
    case undefined:
      return { refused: status === 200 ? 'unavailable' : 'invalid-notification' };
    case '80000000':
      return accepted;
    case '80100000': {
      const hasOurs = (tokens: unknown) => Array.isArray(tokens) && tokens.includes(token);
      const refused = refusalOfToken(msg, hasOurs);
      return refused === undefined ? accepted : { refused };
    }
    case '80300007':
      // All tokens are invalid, and there was one.
      return { refused: refusalOfToken(msg, () => true) ?? 'token-refused' };
    default:
      return { refused: refusalOfCode.get(code) ?? 'invalid-notification' };
  }
};
