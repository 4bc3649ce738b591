/** Where a credential is: a secret's name in Secrets Manager, and its version: a VersionId (a UUID) or a staging label. */
export type Secret = { secret: string; secretVersion: string };

export type HuaweiSettings = {
  /** Of AppGallery Connect. */
  projectId: string;
  /** The secret holds `{"clientId", "clientSecret"}`: OAuth 2.0, for Android and HarmonyOS up to 4. */
  v2?: Secret & { clientId: string };
  /** The secret holds the JSON file of a service account: a JWT, for HarmonyOS 5. */
  v3?: Secret;
};

export type WebPushSettings = Secret & {
  /** Whom a push service may write to about this sender: `mailto:` or `https:` (RFC 8292, section 2.1). */
  subject: string;
  /** The VAPID public key, base64url: what the browser subscribes with. The secret holds `{"publicKey", "privateKey"}`. */
  publicKey: string;
};

/** By app: what pushes that do not go through SNS need. */
export type ProviderSettings = Readonly<
  Record<string, { huawei?: HuaweiSettings; webPush?: WebPushSettings }>
>;

/** Where the stand-ins of a local cloud are; a deployment has none. */
export type StandIns = {
  /** PEM: whom their certificates are of. */
  ca: string;
  /** `https://127.0.0.1:PORT` of Push Kit, and of Huawei's OAuth server. */
  huawei: { push: string; oauth: string };
  /** The port of 127.0.0.1 at which a push service may be, though that is no public address. */
  pushServicePort: number;
};
