import type { ReceivedPush } from '../../local/pushes.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import type { startCloud } from './support.ts';

type Cloud = Awaited<ReturnType<typeof startCloud>>;

export const providers = [
  'google',
  'apple',
  'huawei',
  'webpush',
] as const satisfies ReceivedPush['provider'][];
export type Provider = (typeof providers)[number];

/** Registers a phone of each provider's at an extension: what each is registered with. */
export const registerEverywhere = async (cloud: Cloud, extension: string) => {
  const { body } = await cloud.pbx.post('/_local/subscriptions', {});
  const phones: Record<Provider, object> = {
    google: { platform: 'fcm', token: fcmToken(extension) },
    apple: { platform: 'apns-voip', token: appleToken(extension), deviceId: 'iphone' },
    huawei: { platform: 'hms', token: fcmToken(`huawei-${extension}`) },
    webpush: { platform: 'webpush', token: body['token'] },
  };
  for (const phone of Object.values(phones)) {
    const { status, text } = await cloud.pbx.post('/register', { extension, ...phone });
    if (status !== 200) throw new Error(text);
  }
};

/** The pushes of one call that each provider has taken. */
export const pushesOf = (cloud: Cloud, uuid: string): Record<Provider, ReceivedPush[]> => {
  const all = cloud.pushes.list().filter(({ payload }) => JSON.stringify(payload).includes(uuid));
  const of = (provider: Provider) => all.filter((push) => push.provider === provider);
  return { google: of('google'), apple: of('apple'), huawei: of('huawei'), webpush: of('webpush') };
};
