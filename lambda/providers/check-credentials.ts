import { OperatorError } from '../core/operator-error.ts';
import { CredentialError } from './credential-error.ts';
import { readClient, readServiceAccount } from './huawei/credentials.ts';
import type { ProviderSettings, Secret } from './provider-settings.ts';
import { readVapidKeys } from './web-push/credentials.ts';

/**
 * In characters. CloudFormation takes an answer of 4,096 bytes, in which CDK's provider adds a stack trace (AWS
 * CloudFormation user guide, "Custom resource response objects").
 */
const longestMessage = 2_000;

type Check = { where: string; secret: Secret; check: (secretString: string | undefined) => unknown };

const checksOf = (providers: ProviderSettings): Check[] =>
  Object.entries(providers).flatMap(([app, { huawei, webPush }]): Check[] => {
    const { v2, v3 } = huawei ?? {};
    return [
      ...(v2
        ? [{ where: `${app}.huawei.v2`, secret: v2, check: (text?: string) => readClient(text, v2) }]
        : []),
      ...(huawei && v3
        ? [
            {
              where: `${app}.huawei.v3`,
              secret: v3,
              check: (text?: string) => readServiceAccount(text, huawei),
            },
          ]
        : []),
      ...(webPush
        ? [
            {
              where: `${app}.webPush`,
              secret: webPush,
              check: (text?: string) => readVapidKeys(text, webPush),
            },
          ]
        : []),
    ];
  });

/**
 * Checks that every secret holds the credential that the settings name.
 *
 * @param readSecret gives a secret's text; an OperatorError that it throws is told as it is
 * @returns how many there are
 * @throws OperatorError with the faults, a line each: the place in the settings, the secret, its field, and what was
 *   expected
 */
export const checkCredentials = async (
  providers: ProviderSettings,
  readSecret: (secret: Secret) => Promise<string | undefined>,
): Promise<number> => {
  const checks = checksOf(providers);
  const faults: string[] = [];
  for (const { where, secret, check } of checks) {
    try {
      check(await readSecret(secret));
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      const of =
        error instanceof CredentialError
          ? `secret "${secret.secret}" (version ${secret.secretVersion}): `
          : '';
      faults.push(`apps.${where}: ${of}${error.message}`);
    }
  }
  if (faults.length > 0) throw new OperatorError(shortened(faults));
  return checks.length;
};

const shortened = ([first = '', ...others]: readonly string[]): string => {
  let text = first;
  for (const [index, fault] of others.entries()) {
    if (text.length + fault.length > longestMessage) return `${text}\nand ${others.length - index} more`;
    text += `\n${fault}`;
  }
  return text;
};
