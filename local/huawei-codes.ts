/** An answer of Huawei's to a push: HTTP status and JSON body. */
export type HuaweiAnswer = { status: number; body: unknown };

/**
 * Push Kit's result codes, each with its words (HMS Core references, "Sending downlink messages"; HarmonyOS references,
 * "Response parameters"). Which comes with which HTTP status, Huawei says of 400, 401 and 500 alone.
 */
const codes = {
  80000000: [200, 'Success'],
  80100000: [200, 'Check Parameter Partial Success.'],
  80100001: [400, 'Check Parameter Error.'],
  80100003: [400, 'Illegal payload'],
  80100004: [400, 'Illegal expire time.'],
  80100013: [400, 'Illegal collapse_key.'],
  80200001: [401, 'Authentication Error.'],
  80200003: [401, 'Access token expired.'],
  80200005: [401, 'Jwt token expired.'],
  80300002: [200, 'No permission to send message to these tmIDs.'],
  80300007: [200, 'All the tokens are invalid'],
  80300008: [400, 'Push message size is too long.'],
  80300010: [400, 'token count should within 1 and 1000.'],
  80300011: [200, 'No permission to send high-level notification messages.'],
  80300030: [400, 'When send test message, token count exceed limit.'],
  80300036: [401, 'JWT expire period over threshold.'],
  80300037: [200, 'Disable send huawei msg because of penalty.'],
  80600003: [200, 'Request OAuth service failed.'],
  81000001: [500, 'Inner Error.'],
} as const satisfies Record<number, readonly [status: number, message: string]>;
export type HuaweiCode = `${keyof typeof codes}`;

let answered = 0;
const requestId = (): string => {
  answered += 1;
  return `${Date.now()}${String(answered).padStart(11, '0')}`;
};

/** @param msg what is wrong, instead of the code's own words */
export const answerOf = (code: HuaweiCode, msg: string = codes[code][1]): HuaweiAnswer => ({
  status: codes[code][0],
  body: { code, msg, requestId: requestId() },
});

/** Tokens that are not pushed to: v2 lists them, v3 says why. */
export type IllegalTokens = { api: 'v2' | 'v3'; keyword: string; tokens: readonly string[] };

/** `msg` is JSON in itself. */
export const answerOfIllegal = (illegal: IllegalTokens, all: number): HuaweiAnswer => {
  const { api, keyword, tokens } = illegal;
  const [success, failure] = [all - tokens.length, tokens.length];
  const named = api === 'v2' ? { illegal_tokens: tokens } : { illegalTokens: { [keyword]: tokens } };
  if (success > 0) return answerOf('80100000', JSON.stringify({ success, failure, ...named }));
  return api === 'v2' ? answerOf('80300007') : answerOf('80300007', JSON.stringify({ failure, ...named }));
};

/** Flow control: API Gateways in front of Push Kit answer so, without a result code. */
export const flowControl: HuaweiAnswer = { status: 503, body: { message: 'flow control' } };

export const notFound: HuaweiAnswer = { status: 404, body: { message: 'not found' } };
