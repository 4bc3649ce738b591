import { OperatorError } from '../core/operator-error.ts';

/** What is wrong with a credential, without anything that is in it; `field` is one of the secret's. */
export class CredentialError extends OperatorError {
  override readonly name = 'CredentialError';
  constructor(field: string, expected: string) {
    super(`${field}: expected ${expected}`);
  }
}

/** What a secret holds; undefined where it is no credential of what the settings name, and so of no use. */
export const unlessUseless = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (error instanceof CredentialError) return undefined;
    throw error;
  }
};
