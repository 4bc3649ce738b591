import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { managePlatformApplication, type OnEventRequest } from './aws/platform-application.ts';
import { readEnvironment } from './environment.ts';
import { handleEvent } from './http/handle-events.ts';

const snsArn = readEnvironment(process.env).snsArn();
const manage = managePlatformApplication({
  sns: new SNSClient(),
  secrets: new SecretsManagerClient(),
  snsArn,
});

/** Behind CDK's provider of the custom resource. */
export const handler = (event: OnEventRequest): Promise<{ PhysicalResourceId: string }> =>
  handleEvent('platform_application', async (trace) => {
    const { platform, name } = event.ResourceProperties;
    trace.add({ requestType: event.RequestType, platform, name, outcome: 'failed' });
    const { outcome, physicalResourceId } = await manage(event);
    trace.add({ outcome });
    return { PhysicalResourceId: physicalResourceId };
  });
