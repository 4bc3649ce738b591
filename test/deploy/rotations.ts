import { generateKeyPair, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { GoogleAccount } from '../../local/google-oauth.ts';
import type { PushyApple } from '../emulators/pushy/pushy.ts';

type Holders = {
  secrets: SecretsManagerClient;
  /** What Google takes. */
  accounts: GoogleAccount[];
  pushy: PushyApple;
  /** Google's. */
  tokenUri: string;
  demo: { fcm: { projectId: string }; apple: { teamId: string; keyId: string; bundleId: string } };
};

/** Apps' credentials, changed while they are in use. */
export const createRotations = ({ secrets, accounts, pushy, tokenUri, demo }: Holders) => ({
  /** Google takes another key of the demo app's service account, and no longer the one before. Gives the new key file. */
  rotateGoogleKey: async (projectId: string = demo.fcm.projectId): Promise<object> => {
    const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2_048 });
    const place = accounts.findIndex((account) => account.projectId === projectId);
    const former = accounts[place];
    if (former === undefined) throw new Error(`no project ${projectId}`);
    accounts[place] = { ...former, privateKeyId: randomUUID(), publicKey };
    return {
      type: 'service_account',
      project_id: projectId,
      private_key_id: accounts[place].privateKeyId,
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: former.clientEmail,
      token_uri: tokenUri,
    };
  },
  /** Apple takes another key of the demo app's team, and no longer the first. Gives what its secret is to hold. */
  rotateAppleKey: async (keyId: string): Promise<object> => {
    const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
    const { teamId, bundleId } = demo.apple;
    await pushy.addKey({ teamId, keyId, publicKey, bundleIds: [bundleId] });
    await pushy.revokeKey(demo.apple.keyId);
    return { teamId, keyId, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
  },
  /** Puts a new version of a secret. Gives its version ID. */
  putSecret: async (name: string, value: object): Promise<string> => {
    const put = new PutSecretValueCommand({ SecretId: name, SecretString: JSON.stringify(value) });
    return (await secrets.send(put)).VersionId ?? '';
  },
});
