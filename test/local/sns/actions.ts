import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  type MessageAttributeValue,
  PublishCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { appleCredential, type Cloud, failureTopic } from './cloud.ts';

/** Makes an application with good credentials, its failures going to {@link failureTopic}; gives its ARN. */
export const createApplication = async (
  { client, googleCredential }: Pick<Cloud, 'client' | 'googleCredential'>,
  platform: string,
  attributes: Record<string, string> = {},
  name = 'phone',
): Promise<string> => {
  const credential = platform === 'GCM' ? googleCredential : appleCredential;
  const { PlatformApplicationArn: arn = '' } = await client.send(
    new CreatePlatformApplicationCommand({
      Name: name,
      Platform: platform,
      Attributes: { ...credential, EventDeliveryFailure: failureTopic, ...attributes },
    }),
  );
  return arn;
};

export const createEndpoint = async (
  client: SNSClient,
  application: string,
  token: string,
): Promise<string> => {
  const { EndpointArn: arn = '' } = await client.send(
    new CreatePlatformEndpointCommand({ PlatformApplicationArn: application, Token: token }),
  );
  return arn;
};

/** Message attributes by the end of their names: `APNS.TOPIC`. */
export const mobile = (values: Record<string, string>): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `AWS.SNS.MOBILE.${name}`,
      { DataType: 'String', StringValue: value },
    ]),
  );

/** Publishes a platform's own JSON; gives the MessageId. */
export const publish = async (
  client: SNSClient,
  target: string,
  payload: unknown,
  attributes: Record<string, string> = {},
): Promise<string> => {
  const platform = target.split('/')[1] ?? '';
  const { MessageId: id = '' } = await client.send(
    new PublishCommand({
      TargetArn: target,
      MessageStructure: 'json',
      Message: JSON.stringify({ default: 'call', [platform]: JSON.stringify(payload) }),
      MessageAttributes: mobile(attributes),
    }),
  );
  return id;
};

export const isEndpointEnabled = async (client: SNSClient, arn: string): Promise<boolean> => {
  const { Attributes } = await client.send(new GetEndpointAttributesCommand({ EndpointArn: arn }));
  return Attributes?.['Enabled'] === 'true';
};

export const isApplicationEnabled = async (client: SNSClient, arn: string): Promise<boolean> => {
  const { Attributes } = await client.send(
    new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn }),
  );
  return Attributes?.['Enabled'] === 'true';
};
