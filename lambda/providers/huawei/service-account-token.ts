import { SignJWT } from 'jose';
import type { Token } from './bearer.ts';
import type { ServiceAccount } from './credentials.ts';

/** Whatever host it is sent to (HarmonyOS guides, "Generating a JWT based on a service account"). */
const audience = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';

/** In seconds: as long as Huawei advises. It is not used in the last half minute. */
const lifetime = 3_600;
const spared = 30;

export const signServiceAccountToken = async (account: ServiceAccount, nowMs: number): Promise<Token> => {
  const now = Math.floor(nowMs / 1_000);
  const token = await new SignJWT()
    .setProtectedHeader({ alg: 'PS256', kid: account.keyId, typ: 'JWT' })
    .setIssuer(account.subAccount)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .sign(account.privateKey);
  return { token, until: (now + lifetime - spared) * 1_000 };
};
