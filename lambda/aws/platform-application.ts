import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreatePlatformApplicationCommand,
  GetPlatformApplicationAttributesCommand,
  SetPlatformApplicationAttributesCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { type ApplicationSettings, readApplicationSettings } from './application-settings.ts';
import { deliveryStatusChanges } from './delivery-status.ts';
import { PlatformApplicationError } from './platform-application-error.ts';
import { secretForOperator } from './secret-value.ts';
import { credentialAttributes } from './sns-credentials.ts';

/** AWS CDK API reference, custom resource provider framework: what `onEvent` gets. */
export type OnEventRequest = {
  RequestType: 'Create' | 'Update' | 'Delete';
  /** Absent on Create. */
  PhysicalResourceId?: string;
  ResourceProperties: Readonly<Record<string, unknown>>;
};

export type Outcome = {
  /** The application's ARN. */
  physicalResourceId: string;
  /** `updated` also where an application was adopted. */
  outcome: 'created' | 'updated' | 'retained';
};

type Collaborators = {
  sns: SNSClient;
  secrets: SecretsManagerClient;
  /** Where the platform applications are: `arn:aws:sns:eu-west-1:123456789012`. */
  snsArn: string;
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/**
 * What AWS answered, in our own words: its messages may repeat what was sent, so none is passed on. Errors that
 * do not say what to put right are only named.
 */
const explain = (action: string, error: unknown, meanings: Readonly<Record<string, string>> = {}) =>
  new PlatformApplicationError(meanings[nameOf(error)] ?? `${action}: ${nameOf(error)}`);

/**
 * Gives a platform application its credential: makes it, or adopts the one of that name. It is never deleted, since
 * its endpoints would go with it. Every event may be repeated.
 *
 * @throws OperatorError, and that alone, from what it returns
 */
export const managePlatformApplication = ({ sns, secrets, snsArn }: Collaborators) => {
  const attributesOf = async (arn: string): Promise<Record<string, string> | undefined> => {
    try {
      const command = new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn });
      return (await sns.send(command)).Attributes ?? {};
    } catch (error) {
      if (nameOf(error) === 'NotFoundException') return undefined;
      throw explain(`SNS GetPlatformApplicationAttributes of ${arn}`, error);
    }
  };

  const set = async (arn: string, attributes: Record<string, string>, invalid: string): Promise<void> => {
    const input = { PlatformApplicationArn: arn, Attributes: attributes };
    try {
      await sns.send(new SetPlatformApplicationAttributesCommand(input));
    } catch (error) {
      throw explain(`SNS SetPlatformApplicationAttributes of ${arn}`, error, {
        InvalidParameterException: invalid,
      });
    }
  };

  /** A request of its own: a credential must not fail for it. */
  const setDeliveryStatus = async (
    arn: string,
    present: Record<string, string>,
    roleArn: string | undefined,
  ): Promise<void> => {
    const changes = deliveryStatusChanges(present, roleArn);
    if (changes === undefined) return;
    await set(arn, changes, `${arn}: expected SNS to take the delivery status role ${roleArn ?? 'away'}`);
  };

  const put = async (settings: ApplicationSettings): Promise<Outcome> => {
    const { name, platform, secret, failureTopicArn, deliveryStatusRoleArn } = settings;
    const arn = `${snsArn}:app/${platform}/${name}`;
    const invalid = `${arn}: expected SNS to take the credential of secret "${secret}" and the topic ${failureTopicArn}: check that the one is not revoked and the other exists`;
    const attributes = {
      ...credentialAttributes(settings, await secretForOperator(secrets, settings)),
      EventDeliveryFailure: failureTopicArn,
    };

    let present = await attributesOf(arn);
    if (present === undefined) {
      const input = { Name: name, Platform: platform, Attributes: attributes };
      try {
        await sns.send(new CreatePlatformApplicationCommand(input));
        await setDeliveryStatus(arn, {}, deliveryStatusRoleArn);
        return { physicalResourceId: arn, outcome: 'created' };
      } catch (error) {
        // Somebody else may have made it meanwhile: SNS refuses to make it again with other attributes.
        if (error instanceof PlatformApplicationError) throw error;
        present = await attributesOf(arn);
        if (present === undefined)
          throw explain(`SNS CreatePlatformApplication of ${arn}`, error, {
            InvalidParameterException: invalid,
          });
      }
    }
    await set(arn, attributes, invalid);
    // A request of its own: the API reference does not list this attribute, and a rotation must not fail for it.
    if (present['Enabled'] === 'false')
      await set(
        arn,
        { Enabled: 'true' },
        `${arn} has its new credential, but SNS did not enable it: do so by hand`,
      );
    await setDeliveryStatus(arn, present, deliveryStatusRoleArn);
    return { physicalResourceId: arn, outcome: 'updated' };
  };

  return async (event: OnEventRequest): Promise<Outcome> => {
    if (event.RequestType === 'Delete') {
      const arn = event.PhysicalResourceId ?? '';
      // The role and the log groups go with the stack: SNS must not make the groups again.
      if (event.ResourceProperties['deliveryStatusRoleArn'] !== undefined)
        await setDeliveryStatus(arn, (await attributesOf(arn)) ?? {}, undefined);
      return { physicalResourceId: arn, outcome: 'retained' };
    }
    return put(readApplicationSettings(event.ResourceProperties));
  };
};
