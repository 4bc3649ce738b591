import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { OperatorError } from '../core/operator-error.ts';

/** A secret's name, and its version: a VersionId (a UUID), or else a staging label. */
type Named = { secret: string; secretVersion: string };

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A secret's text; undefined where it holds bytes. @throws whatever Secrets Manager answers */
export const secretValue = async (
  secrets: SecretsManagerClient,
  { secret, secretVersion }: Named,
): Promise<string | undefined> => {
  const version = uuid.test(secretVersion) ? { VersionId: secretVersion } : { VersionStage: secretVersion };
  return (await secrets.send(new GetSecretValueCommand({ SecretId: secret, ...version }))).SecretString;
};

/** The same for a deployment, which fails with it. @throws OperatorError that says what to put right */
export const secretForOperator = async (
  secrets: SecretsManagerClient,
  named: Named,
): Promise<string | undefined> => {
  try {
    return await secretValue(secrets, named);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    // In our own words: an answer of AWS may repeat what was sent.
    throw new OperatorError(
      {
        ResourceNotFoundException: `secret "${named.secret}": expected to find it, with a version ${named.secretVersion}, in this account and region`,
        AccessDeniedException: `secret "${named.secret}": expected that this function may read it, and use the key that encrypts it`,
      }[name] ?? `Secrets Manager GetSecretValue of "${named.secret}": ${name}`,
    );
  }
};
