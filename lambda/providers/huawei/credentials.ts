import type { KeyObject } from 'node:crypto';
import { isText, readFields, readPrivateKey } from '../../core/credential-fields.ts';
import { CredentialError } from '../credential-error.ts';
import type { HuaweiSettings } from '../provider-settings.ts';

export type Client = { clientId: string; clientSecret: string };

/**
 * Reads the credential of the API v2, for OAuth 2.0.
 *
 * @param secretString the secret's text: `{"clientId", "clientSecret"}`
 * @throws CredentialError where it is none, or of another client than the settings name
 */
export const readClient = (
  secretString: string | undefined,
  { clientId }: NonNullable<HuaweiSettings['v2']>,
): Client => {
  const fields = readFields(secretString);
  if (fields === undefined) throw new CredentialError('its text', 'a JSON object');
  if (fields['clientId'] !== clientId)
    throw new CredentialError('clientId', `"${clientId}", the client id of the settings, as a text`);
  const { clientSecret } = fields;
  if (!isText(clientSecret))
    throw new CredentialError('clientSecret', 'a text, as AppGallery Connect shows it beside the client id');
  return { clientId, clientSecret };
};

export type ServiceAccount = {
  keyId: string;
  /** RSA. */
  privateKey: KeyObject;
  subAccount: string;
};

/**
 * Reads the credential of the API v3: the key file of a service account, as Huawei's API Console hands it out (Push Kit
 * guide, "Generating an Authentication Token Based on a Service Account").
 *
 * @param secretString the secret's text: the JSON file as it was downloaded
 * @throws CredentialError where it is none, or of another project than the settings name
 */
export const readServiceAccount = (
  secretString: string | undefined,
  { projectId }: Pick<HuaweiSettings, 'projectId'>,
): ServiceAccount => {
  const fields = readFields(secretString);
  if (fields === undefined) throw new CredentialError('its text', 'a JSON object');
  const { project_id, key_id: keyId, sub_account: subAccount, private_key } = fields;
  if (project_id !== projectId)
    throw new CredentialError('project_id', `"${projectId}", the project of the settings`);
  if (!isText(keyId)) throw new CredentialError('key_id', asInFile);
  if (!isText(subAccount)) throw new CredentialError('sub_account', asInFile);
  const privateKey = readPrivateKey(private_key);
  if (privateKey?.asymmetricKeyType !== 'rsa')
    throw new CredentialError('private_key', 'an RSA private key in PEM, its line breaks kept');
  return { keyId, privateKey, subAccount };
};

const asInFile = 'a text, as in the key file that Huawei gave';
