import type { readEnvironment } from '../lambda/environment.ts';
import type { Settings } from './settings-schema.ts';

type Apps = ReturnType<ReturnType<typeof readEnvironment>['apps']>;

/** The functions' `APPS`: what the deployment serves each app on, and no credential's name. */
export const servedApps = (apps: Settings['apps']): Apps =>
  Object.fromEntries(
    Object.entries(apps).map(([name, { fcm, apple }]) => [
      name,
      { ...(fcm && { fcm: true as const }), ...(apple && { bundleId: apple.bundleId }) },
    ]),
  );
