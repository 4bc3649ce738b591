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

const clickAction = v.variant('type', [
  v.pipe(
    v.strictObject({ type: v.literal(1), intent: v.optional(filled), action: v.optional(filled) }),
    v.check(({ intent, action }) => intent !== undefined || action !== undefined),
  ),
  v.strictObject({ type: v.literal(2), url: httpsUrl }),
  v.strictObject({ type: v.literal(3) }),
]);

const badge = v.strictObject({
  add_num: v.optional(whole(1, 99)),
  set_num: v.optional(whole(0, 99)),
  class: filled,
});

const androidNotification = v.pipe(
  v.strictObject({
    title: v.optional(filled),
    body: v.optional(filled),
    icon: v.optional(filled),
    color: v.optional(v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i))),
    sound: v.optional(filled),
    default_sound: v.optional(flag),
    tag: v.optional(filled),
    click_action: clickAction,
    body_loc_key: v.optional(filled),
    body_loc_args: v.optional(v.array(v.string())),
    title_loc_key: v.optional(filled),
    title_loc_args: v.optional(v.array(v.string())),
    channel_id: v.optional(filled),
    notify_summary: v.optional(v.string()),
    image: v.optional(httpsUrl),
    style: v.optional(v.picklist([0, 1, 3])),
    big_title: v.optional(filled),
    big_body: v.optional(filled),
    notify_id: v.optional(v.pipe(v.number(), v.integer())),
    group: v.optional(filled),
    badge: v.optional(badge),
    ticker: v.optional(v.string()),
    when: v.optional(v.pipe(v.string(), v.isoTimestamp())),
    importance: v.optional(v.picklist(['LOW', 'NORMAL'])),
    use_default_vibrate: v.optional(flag),
    use_default_light: v.optional(flag),
    visibility: v.optional(v.picklist(['VISIBILITY_UNSPECIFIED', 'PUBLIC', 'SECRET', 'PRIVATE'])),
    foreground_show: v.optional(flag),
    profile_id: v.optional(v.pipe(filled, v.maxLength(64))),
    inbox_content: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(1_024))), v.maxLength(5))),
  }),
  v.check(({ style, big_title: title, big_body: body }) => style !== 1 || !!(title && body)),
  v.check(({ style, inbox_content: content }) => style !== 3 || content !== undefined),
);

/**
 * The body of v2 (HMS Core references, "Sending downlink messages"), but for what is not Android's. Huawei looks over
 * a field that it does not know; here a misspelt one shows.
 */
const requestSchema = v.strictObject({
  validate_only: v.optional(flag),
  message: v.strictObject({
    data: v.optional(filled),
    notification: v.optional(v.strictObject({ title: filled, body: filled, image: v.optional(httpsUrl) })),
    android: v.optional(
      v.strictObject({
        bi_tag: v.optional(v.string()),
        category: v.optional(v.picklist([...categories, 'PLAY_VOICE'])),
        collapse_key: v.optional(v.pipe(v.number(), v.integer())),
        data: v.optional(filled),
        notification: v.optional(androidNotification),
        receipt_id: v.optional(filled),
        target_user_type: v.optional(v.picklist([0, 1])),
        ttl: v.optional(v.string()),
        urgency: v.optional(v.picklist(['HIGH', 'NORMAL'])),
      }),
    ),
    token: v.array(filled),
  }),
});
type Message = v.InferOutput<typeof requestSchema>['message'];

const contentRefusal = ({ data, notification, android }: Message): HuaweiRefusal | undefined => {
  const shown = android?.notification;
  if (notification === undefined && shown === undefined) {
    return (android?.data ?? data) === undefined ? illegal('no data and no notification') : undefined;
  }
  if (shown === undefined) return illegal('android.notification is missing');
  if ((shown.title ?? notification?.title) === undefined) return illegal('title is missing');
  return (shown.body ?? notification?.body) === undefined ? illegal('body is missing') : undefined;
};

const controlRefusal = ({ android }: Message): HuaweiRefusal | undefined => {
  const { ttl = '86400s', collapse_key: collapseKey = -1 } = android ?? {};
  const seconds = /^(\d+)s?$/i.exec(ttl)?.[1];
  if (seconds === undefined || !isTtl(Number(seconds))) return { code: '80100004' };
  return collapseKey < -1 || collapseKey > 100 ? { code: '80100013' } : undefined;
};

/** "High-priority data messages": both fields need a grant, on data alone. */
const needsGrant = ({ android, notification }: Message): boolean =>
  android?.notification === undefined &&
  notification === undefined &&
  (android?.urgency === 'HIGH' || android?.category === 'VOIP' || android?.category === 'PLAY_VOICE');

/** Checks a body as Push Kit's v2 does, before it looks at whose the tokens are. */
export const readV2 = (body: Readonly<Record<string, unknown>>): HuaweiSend | HuaweiRefusal => {
  const { message: given } = body;
  const { token, ...withoutTokens }: Record<string, unknown> = { ...Object(given) };
  const miscounted = tokenCountRefusal(token);
  if (miscounted) return miscounted;
  const { success, issues, output } = v.safeParse(requestSchema, body, { abortEarly: true });
  if (!success) return structureRefusal(issues);
  const { message, validate_only: validateOnly = false } = output;
  const refusal =
    controlRefusal(message) ?? sizeRefusal({ ...body, message: withoutTokens }) ?? contentRefusal(message);
  if (refusal) return refusal;
  return {
    tokens: validateOnly ? [] : message.token,
    ...(needsGrant(message) && { grant: 'urgency' as const }),
  };
};
