import type { AppSettings } from './settings-schema.ts';

/** SNS's names of the platforms that an app's Apple side needs: each has its own platform application. */
const applePlatforms = ['APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX'] as const;

export type SnsPlatform = 'GCM' | (typeof applePlatforms)[number];

/** One platform application for each of these. SNS calls Google's platform by its old name, GCM. */
export const snsPlatforms = ({ fcm, apple }: AppSettings): SnsPlatform[] => [
  ...(fcm ? (['GCM'] as const) : []),
  ...(apple ? applePlatforms : []),
];
