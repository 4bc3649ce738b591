import type { Push } from '../../lambda/core/payload.ts';
import type { PushGateway } from '../../lambda/core/ports.ts';
import { PushRefusal } from '../../lambda/core/ports.ts';
import type { Application } from '../../lambda/core/registration.ts';
import { canonical } from '../../lambda/core/token.ts';

export type MemoryEndpoint = { arn: string; application: string; token: string; enabled: boolean };

const applicationName = ({ app, platform, environment }: Application): string =>
  platform === 'fcm' ? `${app}/fcm` : `${app}/${platform}/${environment}`;

/** SNS in memory: the double that core's tests run on, held to the same contract suite as the real adapter. */
export const createMemoryGateway = () => {
  const endpoints = new Map<string, MemoryEndpoint>();
  const published: { arn: string; token: string; push: Push }[] = [];
  const refusedTokens = new Set<string>();
  const missingApplications = new Set<string>();
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

  const gateway: PushGateway = {
    belongs: (arn, application) =>
      arn.startsWith(`arn:aws:sns:local:endpoint/${applicationName(application)}/`),
    createEndpoint: async (application, token) => {
      if (missingApplications.has(applicationName(application)))
        throw new PushRefusal('application-disabled');
      if (refusedTokens.has(token)) throw new PushRefusal('invalid-token');
      return endpointOf(application, token);
    },
    enableEndpoint: async (arn) => {
      const endpoint = endpoints.get(arn);
      if (endpoint === undefined) throw new PushRefusal('endpoint-missing');
      endpoints.set(arn, { ...endpoint, enabled: true });
    },
    deleteEndpoint: async (arn) => void endpoints.delete(arn),
    publish: async (arn, push) => {
      const endpoint = endpoints.get(arn);
      if (endpoint === undefined) throw new PushRefusal('endpoint-missing');
      if (!endpoint.enabled) throw new PushRefusal('endpoint-disabled');
      published.push({ arn, token: endpoint.token, push });
    },
  };
  return {
    gateway,
    published,
    endpointOf,
    endpoints: (): MemoryEndpoint[] => [...endpoints.values()],
    /** SNS after a provider's refusal. */
    disable: (arn: string) => {
      const endpoint = endpoints.get(arn);
      if (endpoint !== undefined) endpoints.set(arn, { ...endpoint, enabled: false });
    },
    /** Makes createEndpoint refuse a token as SNS does one of the wrong shape. */
    refuseToken: (token: string) => void refusedTokens.add(token),
    removeApplication: (application: Application) =>
      void missingApplications.add(applicationName(application)),
  };
};
