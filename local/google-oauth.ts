import type { KeyObject } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import type { GoogleRefusal } from './google-errors.ts';
import { permissionDenied, unauthenticated } from './google-errors.ts';
import type { JsonObject } from './google-schema.ts';
import { isObject } from './google-schema.ts';

/** A service account of a Firebase project as Google knows it: the public half of its key. */
export type GoogleAccount = {
  projectId: string;
  clientEmail: string;
  privateKeyId: string;
  publicKey: KeyObject;
};

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
/** Seconds ("Using OAuth 2.0 for Server to Server Applications": at most one hour). */
const LONGEST_ASSERTION = 3600;
const LIFETIME = 3599;

const refused = (error: string, description: string): GoogleRefusal => ({
  status: 400,
  body: { error, error_description: description },
});

const claimsOf = async (assertion: string, account: GoogleAccount): Promise<JsonObject | undefined> => {
  try {
    const { payload } = await compactVerify(assertion, account.publicKey, { algorithms: ['RS256'] });
    const claims: unknown = JSON.parse(Buffer.from(payload).toString());
    return isObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
};

const keyIdOf = (assertion: string): string | undefined => {
  try {
    return decodeProtectedHeader(assertion).kid;
  } catch {
    return undefined;
  }
};

/**
 * Google's token endpoint (RFC 7523) and the access tokens that it gave out. `accounts` is read anew for
 * every request, so that accounts may be added; `now` gives epoch milliseconds.
 */
export const createOauth = (accounts: readonly GoogleAccount[], now: () => number) => {
  const issued = new Map<string, { projectId: string; expiresAt: number }>();

  const wrongClaim = (claims: JsonObject, account: GoogleAccount, tokenUri: string) => {
    const { iss, scope, aud, iat, exp } = claims;
    if (iss !== account.clientEmail) return refused('invalid_grant', 'Invalid grant: account not found');
    if (aud !== tokenUri) return refused('invalid_grant', 'Invalid JWT: Failed audience check.');
    const seconds = now() / 1000;
    const timely =
      typeof iat === 'number' &&
      typeof exp === 'number' &&
      iat <= seconds &&
      exp > seconds &&
      exp <= iat + LONGEST_ASSERTION;
    if (!timely) {
      return refused(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    }
    if (typeof scope !== 'string' || !scope.split(' ').includes(SCOPE)) {
      return refused('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
    }
    return undefined;
  };

  return {
    /** Exchanges the form of a token request for an access token. */
    exchange: async (form: URLSearchParams, tokenUri: string): Promise<GoogleRefusal | { body: unknown }> => {
      const grant = form.get('grant_type');
      if (!grant) return refused('invalid_request', 'Required parameter is missing: grant_type');
      if (grant !== GRANT) return refused('unsupported_grant_type', 'Invalid grant_type');
      const assertion = form.get('assertion');
      if (!assertion) return refused('invalid_request', 'Required parameter is missing: assertion');
      const keyId = keyIdOf(assertion);
      const account = accounts.find(({ privateKeyId }) => privateKeyId === keyId);
      const claims = account && (await claimsOf(assertion, account));
      if (!claims) return refused('invalid_grant', 'Invalid JWT Signature.');
      const wrong = wrongClaim(claims, account, tokenUri);
      if (wrong) return wrong;

      for (const [token, { expiresAt }] of issued) if (expiresAt <= now()) issued.delete(token);
      const token = `ya29.${randomBytes(32).toString('base64url')}`;
      issued.set(token, { projectId: account.projectId, expiresAt: now() + LIFETIME * 1000 });
      return { body: { access_token: token, expires_in: LIFETIME, token_type: 'Bearer' } };
    },

    /** Why the bearer of this `authorization` header may not send for the project, if so. */
    refusalOf: (authorization: string | undefined, projectId: string): GoogleRefusal | undefined => {
      const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) return unauthenticated('CREDENTIALS_MISSING');
      const access = issued.get(token);
      if (!access || access.expiresAt <= now()) return unauthenticated('ACCESS_TOKEN_EXPIRED');
      return access.projectId === projectId ? undefined : permissionDenied(projectId);
    },
  };
};
