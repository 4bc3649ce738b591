import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { managePlatformApplication, type OnEventRequest } from './aws/platform-application.ts';
import { PlatformApplicationError } from './aws/platform-application-error.ts';
import type { Environment } from './environment.ts';
import { log } from './http/log.ts';

type Variables = Pick<Environment, 'SNS_ARN'>;

const { SNS_ARN: snsArn }: Partial<Variables> = process.env;
if (!snsArn) throw new Error('environment variable SNS_ARN is not set');

const manage = managePlatformApplication({
  sns: new SNSClient(),
  secrets: new SecretsManagerClient(),
  snsArn,
});

export const handler = async (event: OnEventRequest): Promise<{ PhysicalResourceId: string }> => {
  const startedAt = Date.now();
  const { platform, name } = event.ResourceProperties;
  const report = (level: 'info' | 'error', fields: Record<string, string>) =>
    log(level, {
      operation: 'platform_application',
      requestType: event.RequestType,
      platform,
      name,
      ...fields,
      durationMs: Date.now() - startedAt,
    });
  try {
    const { outcome, physicalResourceId } = await manage(event);
    report('info', { outcome });
    return { PhysicalResourceId: physicalResourceId };
  } catch (error) {
    report('error', {
      outcome: 'failed',
      reason: error instanceof PlatformApplicationError ? error.message : 'unexpected',
    });
    throw error;
  }
};
