import type { SNSClient } from '@aws-sdk/client-sns';
import {
  CreatePlatformEndpointCommand,
  DeleteEndpointCommand,
  PublishCommand,
  SetEndpointAttributesCommand,
} from '@aws-sdk/client-sns';
import type { EndpointGateway, PushGateway, RefusalReason } from '../core/ports.ts';
import { PushRefusal } from '../core/ports.ts';
import type { SnsApplication } from '../core/registration.ts';
import { hasEndpoints } from '../core/registration.ts';
import { existingEndpoint, reasonOf } from './push-errors.ts';
import { isForSns, messageOf, snsPlatformOf } from './sns-message.ts';

/** Where a deployment's platform applications are: `arn:aws:sns:REGION:ACCOUNT`, named `<prefix>-<app>`. */
export type Applications = { arn: string; prefix: string };

/** The way out through Amazon SNS mobile push. */
export const createSnsGateway = (
  sns: SNSClient,
  { arn, prefix }: Applications,
): EndpointGateway & PushGateway => {
  const nameOf = (application: SnsApplication) =>
    `${snsPlatformOf(application)}/${prefix}-${application.app}`;

  const asking = async <T>(request: Promise<T>, missing: RefusalReason): Promise<T> => {
    try {
      return await request;
    } catch (error) {
      throw new PushRefusal(reasonOf(error, missing), { cause: error });
    }
  };

  return {
    belongs: (endpointArn, application) =>
      hasEndpoints(application) && endpointArn.startsWith(`${arn}:endpoint/${nameOf(application)}/`),

    // Nothing but application and token: any attribute that differs from the existing endpoint's is an error.
    createEndpoint: async (application, token) => {
      const PlatformApplicationArn = `${arn}:app/${nameOf(application)}`;
      try {
        const create = new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: token });
        const { EndpointArn } = await sns.send(create);
        if (EndpointArn === undefined) throw new Error('SNS named no endpoint');
        return EndpointArn;
      } catch (error) {
        const existing = existingEndpoint(error);
        if (existing !== undefined) return existing;
        throw new PushRefusal(reasonOf(error, 'application-disabled'), { cause: error });
      }
    },

    enableEndpoint: async (EndpointArn) => {
      const enable = new SetEndpointAttributesCommand({ EndpointArn, Attributes: { Enabled: 'true' } });
      await asking(sns.send(enable), 'endpoint-missing');
    },

    deleteEndpoint: async (EndpointArn) => {
      await asking(sns.send(new DeleteEndpointCommand({ EndpointArn })), 'application-disabled');
    },

    publish: async (to, push, abortSignal) => {
      if (!('endpointArn' in to) || !isForSns(push)) throw new PushRefusal('invalid-notification');
      const TargetArn = to.endpointArn;
      const publish = new PublishCommand({
        TargetArn,
        MessageStructure: 'json',
        ...messageOf(TargetArn, push),
      });
      const { MessageId = '' } = await asking(sns.send(publish, { abortSignal }), 'endpoint-missing');
      return MessageId;
    },
  };
};
