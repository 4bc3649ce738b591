import type { readEnvironment } from '../lambda/environment.ts';
import type { Settings } from './settings-schema.ts';

type Read = ReturnType<typeof readEnvironment>;

/** The functions' `APPS`: what the deployment serves each app on, and no credential's name. */
export const servedApps = (apps: Settings['apps']): ReturnType<Read['apps']> =>
  Object.fromEntries(
    Object.entries(apps).map(([name, { fcm, apple, huawei, webPush, preview, missedCalls }]) => [
      name,
      {
        ...(fcm && { fcm: true as const }),
        ...(apple && { bundleId: apple.bundleId }),
        ...(huawei && {
          hms: {
            ...(huawei.v2 && { v2: true as const }),
            ...(huawei.v3 && { v3: true as const }),
            ...(huawei.voip && { voip: true as const }),
          },
        }),
        ...(webPush && { webpush: true as const }),
        ...(!preview && { preview: false as const }),
        ...(missedCalls && { missedCalls: true as const }),
      },
    ]),
  );

/** The pushing functions' `PROVIDERS`: what they need where SNS is not between. */
export const providerSettings = (apps: Settings['apps']): ReturnType<Read['providers']> =>
  Object.fromEntries(
    Object.entries(apps)
      .filter(([, { huawei, webPush }]) => huawei ?? webPush)
      .map(([name, { huawei, webPush }]) => [
        name,
        { ...(huawei && { huawei: withoutVoip(huawei) }), ...(webPush && { webPush }) },
      ]),
  );

/** The names of the secrets that it names. */
export const providerSecrets = (apps: Settings['apps']): string[] =>
  Object.values(apps).flatMap(({ huawei, webPush }) =>
    [huawei?.v2, huawei?.v3, webPush].flatMap((side) => side?.secret ?? []),
  );

const withoutVoip = ({ voip: _, ...huawei }: NonNullable<Settings['apps'][string]['huawei']>) => huawei;
