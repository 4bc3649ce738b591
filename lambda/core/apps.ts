import type { Platform } from './contract.ts';

/** What a deployment serves one mobile application on, and how. */
export type App = {
  /** Has a Firebase project. */
  fcm?: true;
  /** The bundle ID, where it has an Apple side: the topic of its alerts; `<bundleId>.voip` that of its calls. */
  bundleId?: string;
  /** Which of Push Kit's APIs it has credentials for: v2 is for Android and HarmonyOS up to 4, v3 for HarmonyOS 5. */
  hms?: {
    v2?: true;
    v3?: true;
    /** Huawei has granted it high priority and the category VOIP. */
    voip?: true;
  };
  /** Has VAPID keys. */
  webpush?: true;
  /** Names, numbers and texts are kept out of pushes: the app fetches them itself. */
  preview?: false;
  /** A call that nobody took is shown as missed once it is cancelled. */
  missedCalls?: true;
};

/** By name. */
export type Apps = Readonly<Record<string, App>>;

/** What is registered, as far as it decides on the way out. */
export type Served = { platform: Platform; harmonyOs?: boolean };

export const serves = (apps: Apps, name: string, { platform, harmonyOs }: Served): boolean => {
  const app = Object.hasOwn(apps, name) ? apps[name] : undefined;
  switch (platform) {
    case 'fcm':
      return app?.fcm === true;
    case 'apns':
    case 'apns-voip':
      return app?.bundleId !== undefined;
    case 'hms':
      return (harmonyOs ? app?.hms?.v3 : app?.hms?.v2) === true;
    case 'webpush':
      return app?.webpush === true;
  }
};
