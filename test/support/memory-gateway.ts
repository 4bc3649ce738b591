import type { Push } from '../../lambda/core/payload.ts';
import type { Destination, EndpointGateway, PushGateway, RefusalReason } from '../../lambda/core/ports.ts';
import { PushRefusal } from '../../lambda/core/ports.ts';
import type { Application } from '../../lambda/core/registration.ts';
import { hasEndpoints, hasSandbox } from '../../lambda/core/registration.ts';
import { canonical } from '../../lambda/core/token.ts';

export type MemoryEndpoint = { arn: string; application: string; token: string; enabled: boolean };

/** One request to SNS, by the port's method and what it is about. */
type GatewayRequest = {
  method: 'createEndpoint' | 'enableEndpoint' | 'deleteEndpoint' | 'publish';
  /** The endpoint; where one is to be made, or there are none, the token. */
  subject: string;
};

/** Decides on a request before anything is done; a promise lets it wait. */
type Interception = (
  request: GatewayRequest,
) => RefusalReason | undefined | Promise<RefusalReason | undefined>;

const longestToken = 8192;

const applicationName = ({ app, platform, environment }: Application): string =>
  hasSandbox(platform) ? `${app}/${platform}/${environment}` : `${app}/${platform}`;

const isSound = ({ platform }: Application, token: string): boolean =>
  platform === 'fcm' ? Buffer.byteLength(token) <= longestToken : /^[0-9a-f]{1,400}$/i.test(token);

/**
 * SNS in memory, and Huawei and a push service beside it: the double that core's tests run on, held to the same contract
 * suite as the real adapters.
 */
export const createMemoryGateway = () => {
  const endpoints = new Map<string, MemoryEndpoint>();
  const published: { arn: string; token: string; push: Push }[] = [];
  const refusedTokens = new Set<string>();
  const missingApplications = new Set<string>();
  const disabledApplications = new Set<string>();
  let interception: Interception | undefined;
  let made = 0;

  const endpointOf = (application: Application, token: string): string => {
    const name = applicationName(application);
    const held = application.platform === 'fcm' ? token : canonical(token);
    const twin = [...endpoints.values()].find((one) => one.application === name && one.token === held);
    if (twin !== undefined) return twin.arn;
    made += 1;
    const arn = `arn:aws:sns:local:endpoint/${name}/${made}`;
    endpoints.set(arn, { arn, application: name, token: held, enabled: true });
    return arn;
  };
  const setEnabled = (arn: string, enabled: boolean): boolean => {
    const endpoint = endpoints.get(arn);
    if (endpoint !== undefined) endpoints.set(arn, { ...endpoint, enabled });
    return endpoint !== undefined;
  };
  const admit = async (request: GatewayRequest): Promise<void> => {
    const reason = await interception?.(request);
    if (reason !== undefined) throw new PushRefusal(reason);
  };

  const gateway: EndpointGateway & PushGateway = {
    belongs: (arn, application) =>
      hasEndpoints(application) &&
      arn.startsWith(`arn:aws:sns:local:endpoint/${applicationName(application)}/`),
    createEndpoint: async (application, token) => {
      if (interception) await admit({ method: 'createEndpoint', subject: token });
      if (missingApplications.has(applicationName(application)))
        throw new PushRefusal('application-disabled');
      if (refusedTokens.has(token) || !isSound(application, token)) throw new PushRefusal('invalid-token');
      return endpointOf(application, token);
    },
    enableEndpoint: async (arn) => {
      if (interception) await admit({ method: 'enableEndpoint', subject: arn });
      if (!setEnabled(arn, true)) throw new PushRefusal('endpoint-missing');
    },
    deleteEndpoint: async (arn) => {
      if (interception) await admit({ method: 'deleteEndpoint', subject: arn });
      endpoints.delete(arn);
    },
    publish: async (to, push, signal) => {
      const subject = 'endpointArn' in to ? to.endpointArn : to.token;
      if (interception) await admit({ method: 'publish', subject });
      if (signal.aborted) throw new PushRefusal('unavailable');
      published.push({ arn: subject, token: tokenAt(to), push });
      return `message to ${subject}`;
    },
  };
  /** The phone at the end of it. */
  const tokenAt = (to: Destination): string => {
    if (!('endpointArn' in to)) {
      if (refusedTokens.has(to.token)) throw new PushRefusal('token-refused');
      return to.token;
    }
    const endpoint = endpoints.get(to.endpointArn);
    if (endpoint === undefined) throw new PushRefusal('endpoint-missing');
    if (!endpoint.enabled) throw new PushRefusal('endpoint-disabled');
    if (disabledApplications.has(endpoint.application)) throw new PushRefusal('application-disabled');
    return endpoint.token;
  };
  return {
    gateway,
    published,
    endpointOf,
    /** Notes the endpoints and pushes; what it gives takes back what was done since. */
    save: (): (() => void) => {
      const [endpointsBefore, publishedBefore, madeBefore] = [[...endpoints], [...published], made];
      return () => {
        endpoints.clear();
        for (const [arn, endpoint] of endpointsBefore) endpoints.set(arn, endpoint);
        published.splice(0, published.length, ...publishedBefore);
        made = madeBefore;
      };
    },
    endpoints: (): MemoryEndpoint[] => [...endpoints.values()],
    /** SNS after a provider's refusal. */
    disable: (arn: string) => void setEnabled(arn, false),
    /** Makes createEndpoint refuse a token as SNS does one of the wrong shape, and Huawei and browsers one that is gone. */
    refuseToken: (token: string) => void refusedTokens.add(token),
    removeApplication: (application: Application) =>
      void missingApplications.add(applicationName(application)),
    /** SNS after a provider refused the application's credential, or after an operator mended it. */
    setApplicationEnabled: (application: Application, enabled: boolean) => {
      if (enabled) disabledApplications.delete(applicationName(application));
      else disabledApplications.add(applicationName(application));
    },
    /** Every request is put before it, until it is taken away (`undefined`). */
    intercept: (by: Interception | undefined) => {
      interception = by;
    },
  };
};
