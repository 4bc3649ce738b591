import {
  GetEndpointAttributesCommand,
  InvalidParameterException,
  ListEndpointsByPlatformApplicationCommand,
  NotFoundException,
  type SNSClient,
} from '@aws-sdk/client-sns';
import type { Clock } from '../../../lambda/core/ports.ts';
import { AdminError } from '../failure.ts';
import { requestsPerSecond } from './limits.ts';

type Listed = { arn: string; token: string };
/** `nextToken` is where the next page begins: `''` is the application's beginning. */
type Page = { endpoints: Listed[]; nextToken?: string };

/** Without its token nobody knows who needs an endpoint, so nothing may be made of it. */
const tokenIn = (attributes: Record<string, string> | undefined): string => {
  const token = attributes?.['Token'];
  if (!token) throw new AdminError('SNS told of an endpoint without its token');
  return token;
};

/** Waits as long as keeps all requests under the limit together. */
const createPace = (clock: Clock) => {
  let next = 0;
  return async (): Promise<void> => {
    const now = clock.now();
    const at = Math.max(now, next);
    next = at + 1_000 / requestsPerSecond;
    await clock.sleep(at - now);
  };
};

/** What SNS knows of endpoints. The client repeats what is throttled, with growing pauses and jitter. */
export const createEndpointReader = (sns: SNSClient, clock: Clock) => {
  const pace = createPace(clock);
  return {
    /** A page of 100 at most; nothing where there is no such application, on a platform that the app is not on. */
    list: async (applicationArn: string, nextToken?: string): Promise<Page> => {
      await pace();
      const list = new ListEndpointsByPlatformApplicationCommand({
        PlatformApplicationArn: applicationArn,
        ...(nextToken && { NextToken: nextToken }),
      });
      try {
        const { Endpoints = [], NextToken } = await sns.send(list);
        const endpoints = Endpoints.map(({ EndpointArn = '', Attributes }) => ({
          arn: EndpointArn,
          token: tokenIn(Attributes),
        }));
        if (endpoints.some(({ arn }) => arn === ''))
          throw new AdminError('SNS listed an endpoint without its ARN');
        return { endpoints, ...(NextToken !== undefined && { nextToken: NextToken }) };
      } catch (error) {
        if (error instanceof NotFoundException) return { endpoints: [] };
        // What an earlier run was given, SNS may have forgotten since.
        if (nextToken && error instanceof InvalidParameterException) return { endpoints: [], nextToken: '' };
        throw error;
      }
    },
    /** The token of an endpoint, or nothing where it is gone. */
    tokenOf: async (arn: string): Promise<string | undefined> => {
      await pace();
      try {
        const { Attributes } = await sns.send(new GetEndpointAttributesCommand({ EndpointArn: arn }));
        return tokenIn(Attributes);
      } catch (error) {
        if (error instanceof NotFoundException) return undefined;
        throw error;
      }
    },
    /** For requests that are made elsewhere. */
    pace,
  };
};

export type EndpointReader = ReturnType<typeof createEndpointReader>;
