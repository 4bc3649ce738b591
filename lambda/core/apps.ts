import type { Platform } from './contract.ts';

/** What a deployment serves one mobile application on. */
export type App = {
  /** Has a Firebase project. */
  fcm?: true;
  /** The bundle ID, where it has an Apple side: the topic of its alerts; `<bundleId>.voip` that of its calls. */
  bundleId?: string;
};

/** By name. */
export type Apps = Readonly<Record<string, App>>;

export const serves = (apps: Apps, app: string, platform: Platform): boolean => {
  const served = Object.hasOwn(apps, app) ? apps[app] : undefined;
  return platform === 'fcm' ? served?.fcm === true : served?.bundleId !== undefined;
};
