import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { OnEventRequest } from './aws/platform-application.ts';
import { secretForOperator } from './aws/secret-value.ts';
import { handleEvent } from './http/handle-events.ts';
import { checkCredentials } from './providers/check-credentials.ts';

const secrets = new SecretsManagerClient();

/** Behind CDK's provider of the custom resource: looks at credentials, and makes nothing. */
export const handler = (event: OnEventRequest): Promise<{ PhysicalResourceId: string }> =>
  handleEvent('provider_credentials', async (trace) => {
    trace.add({ requestType: event.RequestType });
    if (event.RequestType !== 'Delete') {
      const providers = JSON.parse(String(event.ResourceProperties['providers']));
      const checked = await checkCredentials(providers, (secret) => secretForOperator(secrets, secret));
      trace.add({ checked });
    }
    return { PhysicalResourceId: 'provider-credentials' };
  });
