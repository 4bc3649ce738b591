import type { Apps, Served } from './apps.ts';
import { serves } from './apps.ts';
import { ServiceError } from './errors.ts';
import type { Registration } from './registration.ts';

/** Who asks: the PBX behind a key, as the authorizer hands it on. */
export type Caller = {
  pbxId: string;
  keyId: string;
  /** The apps that the key is limited to; absent where it is not. */
  apps?: readonly string[];
};

const allows = (caller: Caller, app: string): boolean => caller.apps?.includes(app) ?? true;

/** Drops what a limited key may not see. */
export const visibleTo =
  (caller: Caller) =>
  ({ app }: Registration): boolean =>
    allows(caller, app);

/** The app that a request means: the one named, or the only one that the deployment has. */
export const appOf = (apps: Apps, caller: Caller, asked: Served & { app?: string }): string => {
  const names = Object.keys(apps);
  const app = asked.app ?? (names.length === 1 ? names[0] : undefined);
  if (app === undefined) {
    const complaints = [
      { path: 'app', expected: 'the name of an app, since this deployment serves several' },
    ];
    throw new ServiceError('invalid-request', 'app is missing', { complaints });
  }
  if (!Object.hasOwn(apps, app))
    throw new ServiceError('unknown-app', 'this deployment does not serve the app');
  if (!allows(caller, app)) throw new ServiceError('app-not-allowed', 'the key is limited to other apps');
  if (!serves(apps, app, asked)) {
    const platform = asked.harmonyOs ? 'hms of HarmonyOS 5' : asked.platform;
    throw new ServiceError('platform-not-served', `the app is not served on the platform ${platform}`);
  }
  return app;
};
