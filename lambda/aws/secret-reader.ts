import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PushRefusal } from '../core/ports.ts';
import { secretValue } from './secret-value.ts';

/** Reads a secret's text. Rejects with PushRefusal: what is missing or forbidden, an operator must mend. */
export const createSecretReader =
  (secrets: SecretsManagerClient) =>
  async (named: { secret: string; secretVersion: string }): Promise<string> => {
    try {
      const value = await secretValue(secrets, named);
      if (value === undefined) throw new PushRefusal('application-disabled');
      return value;
    } catch (error) {
      if (error instanceof PushRefusal) throw error;
      throw new PushRefusal(reasonOf(error), { cause: error });
    }
  };

const reasonOf = (error: unknown) => {
  if (!(error instanceof Error)) return 'unavailable';
  if (/^(AccessDenied|UnrecognizedClient|DecryptionFailure)/.test(error.name)) return 'not-authorized';
  if (/^(ResourceNotFound|InvalidRequest|InvalidParameter)/.test(error.name)) return 'application-disabled';
  return /Throttl/.test(error.name) ? 'throttled' : 'unavailable';
};
