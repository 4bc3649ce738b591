import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Settings } from '../lib/settings.ts';
import type { AppleKey } from './apple-provider-token.ts';
import type { GoogleAccount } from './google-oauth.ts';
import type { HuaweiProject } from './huawei-oauth.ts';

const generate = promisify(generateKeyPair);

/**
 * Private keys in PEM, and the secrets of Huawei's clients, by the name of the secret that holds them: made here, and known
 * to nobody else.
 */
export type PrivateKeys = Record<string, string>;

const pem = ({ privateKey }: { privateKey: KeyObject }): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const rsaKey = async () => pem(await generate('rsa', { modulusLength: 2_048 }));
const ellipticKey = async () => pem(await generate('ec', { namedCurve: 'P-256' }));
const clientSecret = async () => randomBytes(32).toString('hex');

/** Makes the private keys that the settings need and that there are none of yet. */
export const completeKeys = async (apps: Settings['apps'], known: PrivateKeys): Promise<PrivateKeys> => {
  const wanted = Object.values(apps).flatMap(({ fcm, apple, huawei, webPush }) => [
    ...(fcm ? [{ secret: fcm.secret, make: rsaKey }] : []),
    ...(apple ? [{ secret: apple.secret, make: ellipticKey }] : []),
    ...(huawei?.v2 ? [{ secret: huawei.v2.secret, make: clientSecret }] : []),
    ...(huawei?.v3 ? [{ secret: huawei.v3.secret, make: rsaKey }] : []),
    ...(webPush ? [{ secret: webPush.secret, make: ellipticKey }] : []),
  ]);
  const missing = new Map(wanted.map(({ secret, make }) => [secret, make]));
  const made = await Promise.all(
    [...missing]
      .filter(([secret]) => !Object.hasOwn(known, secret))
      .map(async ([secret, make]) => [secret, await make()] as const),
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

/** VAPID keys as the field writes them: base64url, the public one a point of 65 bytes (RFC 8292, section 3.2). */
export const vapidKeysOf = (pemKey: string | undefined) => {
  const { x = '', y = '', d = '' } = createPrivateKey(pemKey ?? '').export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { publicKey: point.toString('base64url'), privateKey: d };
};

/** The apps with VAPID keys that were made here: nobody here has the private half of what the settings name. */
export const withOwnVapidKeys = (apps: Settings['apps'], keys: PrivateKeys): Settings['apps'] =>
  Object.fromEntries(
    Object.entries(apps).map(([name, app]) => {
      const { webPush } = app;
      if (webPush === undefined) return [name, app];
      const { publicKey } = vapidKeysOf(keys[webPush.secret]);
      return [name, { ...app, webPush: { ...webPush, publicKey } }];
    }),
  );

const subAccount = (projectId: string): string => `10${projectId}`;

/** What Huawei knows of the apps: several may be of one project. */
export const huaweiProjects = (apps: Settings['apps'], keys: PrivateKeys): HuaweiProject[] => {
  const sides = Object.values(apps).flatMap(({ huawei }) => (huawei ? [huawei] : []));
  const byProject = Map.groupBy(sides, ({ projectId }) => projectId);
  return [...byProject].map(([projectId, sharing]) => ({
    projectId,
    clients: sharing.flatMap(({ v2 }) =>
      v2 ? [{ clientId: v2.clientId, clientSecret: keys[v2.secret] ?? '' }] : [],
    ),
    serviceAccounts: sharing.flatMap(({ v3 }) =>
      v3
        ? [
            {
              keyId: v3.secret,
              subAccount: subAccount(projectId),
              publicKey: createPublicKey(keys[v3.secret] ?? ''),
            },
          ]
        : [],
    ),
    voip: sharing.some(({ voip }) => voip),
  }));
};

/** What Secrets Manager holds: the files that Google, Apple and Huawei hand out, as the README says to store them. */
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
  for (const { fcm, apple, huawei, webPush } of Object.values(apps)) {
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
    if (webPush) put(webPush.secret, webPush.secretVersion, vapidKeysOf(keys[webPush.secret]));
    if (huawei?.v2) {
      const { clientId, secret, secretVersion } = huawei.v2;
      put(secret, secretVersion, { clientId, clientSecret: keys[secret] });
    }
    if (huawei?.v3) {
      const { secret, secretVersion } = huawei.v3;
      put(secret, secretVersion, {
        project_id: huawei.projectId,
        key_id: secret,
        private_key: keys[secret],
        sub_account: subAccount(huawei.projectId),
      });
    }
  }
  return secrets;
};
