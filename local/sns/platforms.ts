/** The platforms of Amazon SNS that reach Apple and Google, by the names that its API gives them. */
const platforms = {
  GCM: { apple: false, sandbox: false, voip: false },
  APNS: { apple: true, sandbox: false, voip: false },
  APNS_SANDBOX: { apple: true, sandbox: true, voip: false },
  APNS_VOIP: { apple: true, sandbox: false, voip: true },
  APNS_VOIP_SANDBOX: { apple: true, sandbox: true, voip: true },
} as const;
export type Platform = keyof typeof platforms;

export const isPlatform = (name: string): name is Platform => Object.hasOwn(platforms, name);

export const isApple = (platform: Platform): boolean => platforms[platform].apple;

/** Whether it goes to Apple's service for builds run from Xcode. */
export const isSandbox = (platform: Platform): boolean => platforms[platform].sandbox;

export const isVoip = (platform: Platform): boolean => platforms[platform].voip;
