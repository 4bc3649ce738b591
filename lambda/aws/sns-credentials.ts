import { isText, readFields, readPrivateKey } from '../core/credential-fields.ts';
import type { ApplicationSettings } from './application-settings.ts';
import { PlatformApplicationError } from './platform-application-error.ts';

type Fields = Readonly<Record<string, unknown>>;
type Refuse = (field: string, expected: string) => never;

const googleAttributes = (
  secretString: string,
  account: Fields,
  { projectId }: ApplicationSettings & { platform: 'GCM' },
  refuse: Refuse,
) => {
  if (account['type'] !== 'service_account')
    refuse('type', '"service_account": the key file of a service account');
  if (account['project_id'] !== projectId)
    refuse('project_id', `"${projectId}", the project of the settings`);
  for (const field of ['client_email', 'private_key_id'])
    if (!isText(account[field])) refuse(field, 'a text, as in the key file that Google gave');
  const tokenUri = account['token_uri'];
  if (!isText(tokenUri) || !URL.canParse(tokenUri) || new URL(tokenUri).protocol !== 'https:')
    refuse('token_uri', 'an https address, as in the key file that Google gave');
  if (readPrivateKey(account['private_key'])?.asymmetricKeyType !== 'rsa')
    refuse('private_key', 'an RSA private key in PEM, its line breaks kept');
  return { PlatformCredential: secretString };
};

const appleAttributes = (
  key: Fields,
  { teamId, keyId, bundleId }: Exclude<ApplicationSettings, { platform: 'GCM' }>,
  refuse: Refuse,
) => {
  if (key['teamId'] !== teamId) refuse('teamId', `"${teamId}", the team of the settings`);
  if (key['keyId'] !== keyId) refuse('keyId', `"${keyId}", the key ID of the settings`);
  // One key may serve several bundles, and then names none.
  if (key['bundleId'] !== undefined && key['bundleId'] !== bundleId)
    refuse('bundleId', `"${bundleId}", the bundle ID of the settings, or none`);
  const privateKey = key['privateKey'];
  if (!isText(privateKey) || readPrivateKey(privateKey)?.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return refuse(
      'privateKey',
      'the text of the .p8 file, an EC P-256 private key in PEM, its line breaks kept',
    );
  return {
    PlatformPrincipal: keyId,
    PlatformCredential: privateKey,
    ApplePlatformTeamID: teamId,
    ApplePlatformBundleID: bundleId,
  };
};

/**
 * Checks that a secret holds a credential of what the settings name: SNS takes any that is well-formed, and a
 * wrong one makes it disable every endpoint of the application (Amazon SNS developer guide, "Managing endpoints with
 * FCM": SENDER_ID_MISMATCH).
 *
 * @returns the attributes that give SNS the credential (Amazon SNS API reference, CreatePlatformApplication)
 * @throws PlatformApplicationError naming the secret, the field and what was expected
 */
export const credentialAttributes = (
  settings: ApplicationSettings,
  secretString: string | undefined,
): Record<string, string> => {
  const where = `secret "${settings.secret}" (version ${settings.secretVersion})`;
  const refuse: Refuse = (field, expected) => {
    throw new PlatformApplicationError(`${where}: ${field}: expected ${expected}`);
  };
  const fields = readFields(secretString);
  if (secretString === undefined || fields === undefined) return refuse('its text', 'a JSON object');
  return settings.platform === 'GCM'
    ? googleAttributes(secretString, fields, settings, refuse)
    : appleAttributes(fields, settings, refuse);
};
