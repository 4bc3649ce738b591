import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Settings } from '../lib/settings.ts';
import type { AppleKey } from './apple-provider-token.ts';
import type { GoogleAccount } from './google-oauth.ts';

const generate = promisify(generateKeyPair);

/** Private keys in PEM by the name of the secret that holds them: made here, and known to nobody else. */
export type PrivateKeys = Record<string, string>;

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Makes the private keys that the settings need and that there are none of yet. */
export const completeKeys = async (apps: Settings['apps'], known: PrivateKeys): Promise<PrivateKeys> => {
  const wanted = Object.values(apps).flatMap(({ fcm, apple }) => [
    ...(fcm ? [{ secret: fcm.secret, make: () => generate('rsa', { modulusLength: 2_048 }) }] : []),
    ...(apple ? [{ secret: apple.secret, make: () => generate('ec', { namedCurve: 'P-256' }) }] : []),
  ]);
  const missing = new Map(wanted.map(({ secret, make }) => [secret, make]));
  const made = await Promise.all(
    [...missing]
      .filter(([secret]) => !Object.hasOwn(known, secret))
      .map(async ([secret, make]) => {
        const { privateKey } = await make();
        return [secret, pem(privateKey)] as const;
      }),
  );
  return { ...known, ...Object.fromEntries(made) };
};

const clientEmail = (projectId: string): string => `pns-proxy@${projectId}.iam.gserviceaccount.com`;

/** The public halves, as Google knows them. */
export const googleAccounts = (apps: Settings['apps'], keys: PrivateKeys): GoogleAccount[] =>
  Object.values(apps).flatMap(({ fcm }) =>
    fcm
      ? [
          {
            projectId: fcm.projectId,
            clientEmail: clientEmail(fcm.projectId),
            privateKeyId: fcm.projectId,
            publicKey: createPublicKey(keys[fcm.secret] ?? ''),
          },
        ]
      : [],
  );

/** The public halves, as Apple knows them: one key may serve several apps of a team. */
export const appleKeys = (apps: Settings['apps'], keys: PrivateKeys): AppleKey[] => {
  const sides = Object.values(apps).flatMap(({ apple }) => (apple ? [apple] : []));
  const byKey = Map.groupBy(sides, ({ teamId, keyId }) => `${teamId}/${keyId}`);
  return [...byKey.values()].flatMap((sharing) =>
    sharing.slice(0, 1).map(({ teamId, keyId, secret }) => ({
      teamId,
      keyId,
      publicKey: createPublicKey(keys[secret] ?? ''),
      bundleIds: sharing.map(({ bundleId }) => bundleId),
    })),
  );
};

/** What Secrets Manager holds: the files that Google and Apple hand out, as the README says to store them. */
export const secretsOf = (
  apps: Settings['apps'],
  keys: PrivateKeys,
  tokenUri: string,
): ReadonlyMap<string, string> => {
  const secrets = new Map<string, string>();
  // Under the version that the settings ask for, and as the current one.
  const put = (secret: string, version: string, value: object) => {
    secrets.set(secret, JSON.stringify(value));
    secrets.set(`${secret}#${version}`, JSON.stringify(value));
  };
  for (const { fcm, apple } of Object.values(apps)) {
    if (fcm) {
      put(fcm.secret, fcm.secretVersion, {
        type: 'service_account',
        project_id: fcm.projectId,
        private_key_id: fcm.projectId,
        private_key: keys[fcm.secret],
        client_email: clientEmail(fcm.projectId),
        token_uri: tokenUri,
      });
    }
    if (apple) {
      const { teamId, keyId } = apple;
      put(apple.secret, apple.secretVersion, { teamId, keyId, privateKey: keys[apple.secret] });
    }
  }
  return secrets;
};
