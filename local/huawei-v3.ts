import * as v from 'valibot';
import type { HuaweiRefusal, HuaweiSend } from './huawei-rules.ts';
import {
  categories,
  filled,
  flag,
  httpsUrl,
  illegal,
  isTtl,
  sizeRefusal,
  structureRefusal,
  tokenCountRefusal,
  whole,
} from './huawei-rules.ts';

const mostTestTokens = 10;
const integer = v.pipe(v.number(), v.integer());

const clickAction = v.variant('actionType', [
  v.strictObject({ actionType: v.literal(0), data: v.optional(v.record(v.string(), v.unknown())) }),
  v.pipe(
    v.strictObject({
      actionType: v.literal(1),
      action: v.optional(filled),
      uri: v.optional(filled),
      data: v.optional(v.record(v.string(), v.unknown())),
    }),
    v.check(({ action, uri }) => action !== undefined || uri !== undefined),
  ),
]);

const notification = v.pipe(
  v.strictObject({
    category: v.picklist([...categories, 'MISS_CALL']),
    title: filled,
    body: filled,
    image: v.optional(httpsUrl),
    style: v.optional(v.picklist([0, 3])),
    notifyId: v.optional(whole(-1, 2_147_483_647)),
    appMessageId: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/=_\s-]{1,64}$/))),
    profileId: v.optional(v.pipe(filled, v.maxLength(64))),
    inboxContent: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(1_024))), v.maxLength(3))),
    clickAction,
    badge: v.optional(v.strictObject({ addNum: v.optional(whole(1, 99)), setNum: v.optional(whole(0, 99)) })),
    sound: v.optional(filled),
    soundDuration: v.optional(whole(1, 60)),
    foregroundShow: v.optional(flag),
  }),
  v.check(({ style, inboxContent }) => style !== 3 || inboxContent !== undefined),
);

/** By the header `push-type`: a notification, what an app in front gets, a call. Others Huawei has, and nobody here sends. */
const payloads = {
  0: v.strictObject({ notification }),
  6: v.strictObject({ extraData: filled, proxyData: v.optional(v.literal('ENABLE')) }),
  10: v.strictObject({ extraData: filled }),
};

const pushOptions = v.strictObject({
  testMessage: v.optional(flag),
  ttl: v.optional(integer),
  biTag: v.optional(v.pipe(v.string(), v.maxBytes(64))),
  receiptId: v.optional(filled),
  collapseKey: v.optional(whole(-1, 100)),
  backgroundMode: v.optional(v.picklist([0, 1])),
});

const requestSchema = v.strictObject({
  payload: v.looseObject({}),
  pushOptions: v.optional(pushOptions, {}),
  target: v.strictObject({ token: v.array(filled) }),
});

const isPushType = (value: string | undefined): value is `${keyof typeof payloads}` =>
  value !== undefined && Object.hasOwn(payloads, value);

/**
 * Checks a body as Push Kit's v3 does, before it looks at whose the tokens are (HarmonyOS references, "Request body
 * parameters" of scenario-specific messages). Huawei looks over a field that it does not know; here a misspelt one shows.
 */
export const readV3 = (
  body: Readonly<Record<string, unknown>>,
  pushType: string | undefined,
): HuaweiSend | HuaweiRefusal => {
  if (!isPushType(pushType)) return { code: '80100001', msg: 'UnSupported push-type' };
  const { target, ...withoutTokens } = body;
  const miscounted = tokenCountRefusal(Object(target).token);
  if (miscounted) return miscounted;
  const request = v.safeParse(requestSchema, body, { abortEarly: true });
  if (!request.success) return structureRefusal(request.issues);
  const payload = v.safeParse<(typeof payloads)[keyof typeof payloads]>(
    payloads[pushType],
    request.output.payload,
    { abortEarly: true },
  );
  if (!payload.success) return structureRefusal(payload.issues);

  const {
    pushOptions: { ttl = 86_400, testMessage = false, backgroundMode },
    target: { token: tokens },
  } = request.output;
  if (!isTtl(ttl)) return { code: '80100004' };
  if (backgroundMode !== undefined && pushType !== '6') return illegal('backgroundMode is for push-type 6');
  if (testMessage && tokens.length > mostTestTokens) return { code: '80300030' };
  const tooLong = sizeRefusal(withoutTokens);
  if (tooLong) return tooLong;
  return { tokens, ...(pushType === '10' && { grant: 'push-type' as const }) };
};
