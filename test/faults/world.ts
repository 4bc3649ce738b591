import { expect, vi } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import { startLocalCloud } from '../../local/cloud.ts';
import type { Fault } from '../../local/faults.ts';
import { demoSettings } from '../../local/settings.ts';
import { pbxOf } from '../local/support.ts';
import { openAws } from './aws.ts';
import type { AwsRequest, Watcher } from './fault-proxy.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { Ledger } from './ledger.ts';
import { latePublish } from './ring-window.ts';
import type { Watch } from './watch.ts';

/** More than this, and an extension's oldest registration goes. */
export const registrationsPerExtension = 5;

/** A browser of this app's is no browser of the other's: its push service refuses who signs as another. */
const settings = () => {
  const { apps, ...demo } = demoSettings();
  const { webPush } = apps['demo'] ?? {};
  const secret = { secret: 'pns-proxy/other/web-push' };
  return { ...demo, apps: { ...apps, other: { webPush: { ...webPush, ...secret } } } };
};

/** More phones are refused here than people remove apps: the fleet guard would doubt them. */
const guard = { refusals: 100_000, timesUsual: 10 };

/**
 * A local cloud whose functions reach DynamoDB, SNS and Secrets Manager through fault proxies. Many phones at a time: each is watched by
 * itself, and what fails for one fails for no other.
 */
export const startWorld = async (ledger: Ledger) => {
  const watches = new Set<Watch>();
  const logs: Record<string, unknown>[] = [];
  const latePublishes: string[] = [];
  const crashes: Promise<void>[] = [];
  const ownerOf = (request: AwsRequest) => [...watches].find((watch) => watch.owns(request));

  const watcher: Watcher = {
    judge: (request) => {
      const late = latePublish(request, Date.now());
      if (late !== undefined) latePublishes.push(late);
      return ownerOf(request)?.judge(request);
    },
    happened: (request, kind) => {
      ledger.add(kind, request.service);
      if (kind === 'crash before' || kind === 'crash after') crashes.push(cloud.crash());
      ownerOf(request)?.happened(request, kind);
    },
    answered: (request, answer) => {
      // From here on the endpoint's name speaks of the phone, too.
      const [, arn] = /<EndpointArn>(.+)<\/EndpointArn>/.exec(answer) ?? [];
      if (arn !== undefined) ownerOf(request)?.learn(arn);
    },
  };

  const proxies: { close(): Promise<void> }[] = [];
  const cloud = await startLocalCloud({
    settings: parseSettings({ ...settings(), registrationsPerExtension, guard }),
    port: 0,
    reach: async (urls) => {
      const dynamoDb = await startFaultProxy('DynamoDB', urls.dynamoDb, watcher);
      const sns = await startFaultProxy('SNS', urls.sns, watcher);
      const secretsManager = await startFaultProxy('Secrets Manager', urls.secretsManager, watcher);
      proxies.push(dynamoDb, sns, secretsManager);
      return { dynamoDb: dynamoDb.url, sns: sns.url, secretsManager: secretsManager.url };
    },
    onLog: (line) => logs.push(JSON.parse(line).message),
  });
  const met = new Set<string>();
  const once = new Set<string>();
  const { of } = cloud.faults;
  vi.spyOn(cloud.faults, 'of').mockImplementation((provider, token) => {
    const fault = of(provider, token);
    if (fault !== undefined && token !== undefined) met.add(token);
    if (token !== undefined && once.delete(token)) cloud.faults.clear(token);
    return fault;
  });
  const control = pbxOf(cloud.info.url, cloud.info.key);
  const aws = openAws(cloud);

  return {
    ...cloud,
    aws,
    /** What the functions logged, oldest first. */
    logs,
    /** Publishes that came too late for their call: there must be none. */
    latePublishes,
    /** Which case a token is of. */
    caseOf: new Map<string, string>(),
    /** Tokens that may leave an endpoint behind. */
    mayStay: new Set<string>(),
    watch: (watch: Watch) => watches.add(watch),
    unwatch: (watch: Watch) => watches.delete(watch),
    /** A key of a PBX; each has its own authorization at API Gateway. */
    addKey: async (pbxId: string) => {
      const { body } = await control.post('/_local/keys', { pbxId });
      return String(body['key']);
    },
    /** A token of a new browser's, which takes pushes of this app's alone. */
    addBrowser: async (app: string) => {
      const { body } = await control.post('/_local/subscriptions', { app });
      return String(body['token']);
    },
    setFault: (token: string, fault: Fault) => cloud.faults.set({ token }, fault),
    /** The provider meets it with one request, and is well from then on. */
    failOnce: (token: string, fault: Fault) => {
      once.add(token);
      cloud.faults.set({ token }, fault);
    },
    /** Resolves once the provider has met the token's fault. */
    metFault: async (token: string): Promise<void> => {
      await vi.waitFor(() => expect(met.has(token)).toBe(true), { timeout: 10_000 });
    },
    clearFault: (token: string) => cloud.faults.clear(token),
    close: async () => {
      await Promise.all(crashes);
      await cloud.close();
      aws.close();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
};
export type World = Awaited<ReturnType<typeof startWorld>>;
