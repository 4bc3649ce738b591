import { CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { addEventProvider } from './event-provider.ts';
import { allowSecrets } from './secret-access.ts';
import { providerSecrets, providerSettings } from './served-apps.ts';
import { ServiceFunction } from './service-function.ts';
import type { Settings } from './settings-schema.ts';

type ProviderCredentialsProps = { readonly settings: Settings };

/**
 * A look at the credentials that the pushing functions read for themselves, Huawei's and Web Push's: a wrong one fails the
 * deployment. It is given the names of secrets, never a credential, and makes and keeps nothing. All in one, so that few
 * functions run at once (docs/decisions/0007-platform-applications-a-few-at-a-time.md) and every fault is told.
 */
export class ProviderCredentials extends Construct {
  constructor(scope: Construct, id: string, { settings }: ProviderCredentialsProps) {
    super(scope, id);
    const checker = new ServiceFunction(this, 'Checker', {
      entry: 'provider-credentials',
      description: 'Checks the credentials of Huawei and Web Push',
      environment: {},
      timeout: Duration.minutes(1),
      logRetention: settings.logRetentionDays,
    });
    allowSecrets(checker.role, providerSecrets(settings.apps));
    const { serviceToken } = addEventProvider(this, checker, settings.logRetentionDays);
    new CustomResource(this, 'Check', {
      resourceType: 'Custom::ProviderCredentials',
      serviceToken,
      properties: { providers: JSON.stringify(providerSettings(settings.apps)) },
    });
  }
}
