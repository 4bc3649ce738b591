import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import type { HuaweiAnswer, HuaweiCode } from './huawei-codes.ts';

/** A project of AppGallery Connect, as Huawei knows it. What it holds may change at any time. */
export type HuaweiProject = {
  projectId: string;
  clients: { clientId: string; clientSecret: string }[];
  serviceAccounts: { keyId: string; subAccount: string; publicKey: KeyObject }[];
  /** High priority, the category VOIP and in-app call messages are granted. */
  voip: boolean;
};

/** Seconds. */
const lifetime = 3_600;
/** Seconds: a JWT may not live longer (80300036). */
const longestJwt = 86_400;
const audience = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';

/** HMS Core references, "Server result codes": the main code is always the same. */
const refused = (subError: number, description: string): HuaweiAnswer => ({
  status: 400,
  body: { error: 1101, sub_error: subError, error_description: description },
});

const claimsOf = async (jwt: string, key: KeyObject): Promise<Record<string, unknown> | undefined> => {
  try {
    const { payload } = await compactVerify(jwt, key, { algorithms: ['PS256'] });
    const claims: unknown = JSON.parse(Buffer.from(payload).toString());
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined;
  } catch {
    return undefined;
  }
};

const keyIdOf = (jwt: string): string | undefined => {
  try {
    const { kid, typ } = decodeProtectedHeader(jwt);
    return typ === 'JWT' ? kid : undefined;
  } catch {
    return undefined;
  }
};

/** Huawei's OAuth server, and who may push for which project. `now` gives epoch milliseconds. */
export const createHuaweiOauth = (projects: readonly HuaweiProject[], now: () => number) => {
  const issued = new Map<string, { clientId: string; expiresAt: number }>();

  const jwtRefusal = async (jwt: string, project: HuaweiProject): Promise<HuaweiCode | undefined> => {
    const keyId = keyIdOf(jwt);
    const account = project.serviceAccounts.find((one) => one.keyId === keyId);
    const claims = account && (await claimsOf(jwt, account.publicKey));
    if (!claims || claims['iss'] !== account.subAccount || claims['aud'] !== audience) return '80200001';
    const { iat, exp } = claims;
    if (typeof iat !== 'number' || typeof exp !== 'number' || iat * 1_000 > now()) return '80200001';
    if (exp * 1_000 <= now()) return '80200005';
    return exp - iat > longestJwt ? '80300036' : undefined;
  };

  return {
    /** Answers the form of a token request (HMS Core guides, "OAuth 2.0-based authentication", client credentials). */
    exchange: (form: URLSearchParams): HuaweiAnswer => {
      if (form.get('grant_type') !== 'client_credentials') return refused(20182, 'invalid grant_type');
      const clientId = form.get('client_id') ?? '';
      if (!/^\d{1,64}$/.test(clientId)) return refused(20002, 'invalid client_id');
      const clients = projects.flatMap((project) => project.clients);
      const client = clients.find((one) => one.clientId === clientId);
      if (client === undefined) return refused(20003, 'client_id does not exist');
      const secret = form.get('client_secret');
      if (!secret) return refused(20171, 'client_secret is empty');
      if (secret !== client.clientSecret) return refused(12304, 'client_secret does not match');

      for (const [token, { expiresAt }] of issued) if (expiresAt <= now()) issued.delete(token);
      // With the characters that a real one has, and that a careless client would encode.
      const token = `CF3/${randomBytes(48).toString('base64')}==`;
      issued.set(token, { clientId, expiresAt: now() + lifetime * 1_000 });
      return { status: 200, body: { access_token: token, expires_in: lifetime, token_type: 'Bearer' } };
    },

    /** Forgets every access token, as if all had expired. */
    revoke: (): void => issued.clear(),

    /** Why the bearer of this `authorization` header may not push for the project on this API, if so. */
    refusalOf: async (
      authorization: string | undefined,
      project: HuaweiProject,
      api: 'v2' | 'v3',
    ): Promise<HuaweiCode | undefined> => {
      const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
      if (token === undefined) return '80200001';
      if (keyIdOf(token) !== undefined) return jwtRefusal(token, project);
      // "HarmonyOS 5 and later no longer support OAuth 2.0-based authentication".
      if (api === 'v3') return '80200001';
      const access = issued.get(token);
      if (!access || access.expiresAt <= now()) return '80200003';
      return project.clients.some(({ clientId }) => clientId === access.clientId) ? undefined : '80200001';
    },
  };
};
