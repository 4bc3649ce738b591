import { generateKeyPairSync } from 'node:crypto';
import { beforeAll } from 'vitest';
import type { Call } from '../../../lambda/core/notice.ts';
import type { HmsPush } from '../../../lambda/core/payload-hms.ts';
import { PushRefusal } from '../../../lambda/core/ports.ts';
import { createHuaweiGateway } from '../../../lambda/providers/huawei/gateway.ts';
import type { HuaweiSettings, Secret } from '../../../lambda/providers/provider-settings.ts';
import type { Certificate } from '../../../local/certificate.ts';
import { createCertificate } from '../../../local/certificate.ts';
import { createFaults } from '../../../local/faults.ts';
import { startHuawei } from '../../../local/huawei.ts';
import type { HuaweiProject } from '../../../local/huawei-oauth.ts';
import { createPushLog } from '../../../local/pushes.ts';
import { pushOf } from '../../support/builders.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

export const apis = ['v2', 'v3'] as const;
export type Api = (typeof apis)[number];

/** Keys cost a while: one for all. */
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
let certificate: Certificate;
beforeAll(async () => {
  certificate = await createCertificate();
});

const settings: HuaweiSettings = {
  projectId: '7001',
  v2: { clientId: '4001', secret: 'client', secretVersion: 'AWSCURRENT' },
  v3: { secret: 'account', secretVersion: 'AWSCURRENT' },
};

/** As `/register` gets it. */
export const hmsToken = (name: string): string => `IQAAAACy0-${name}-${'x'.repeat(24)}`;

/** Huawei's side, what Secrets Manager holds, and the gateway between them, all on one clock. */
export const createHuaweiWorld = async (changes: { hosts?: { push: string; oauth: string } } = {}) => {
  const time = createFakeClock();
  const { now } = time.clock;
  const project: HuaweiProject = {
    projectId: settings.projectId,
    clients: [{ clientId: '4001', clientSecret: 'secret-1' }],
    serviceAccounts: [{ keyId: 'key-1', subAccount: '107001', publicKey }],
    voip: true,
  };
  const [pushes, faults, requests, reads] = [createPushLog(), createFaults(), [] as string[], [] as string[]];
  const bearers: (string | undefined)[] = [];
  const onRequest = (path: string, authorization: string | undefined) => {
    requests.push(path);
    if (path !== '/oauth2/v3/token') bearers.push(authorization);
  };
  const huawei = await startHuawei({ certificate, projects: [project], pushes, faults, onRequest, now });

  const secrets: Record<string, object> = {
    client: { clientId: '4001', clientSecret: 'secret-1' },
    account: { project_id: '7001', key_id: 'key-1', private_key: pem, sub_account: '107001' },
  };
  const readSecret = async ({ secret }: Secret): Promise<string> => {
    reads.push(secret);
    if (secret === 'unreadable') throw new PushRefusal('unavailable');
    const held = secrets[secret];
    if (held === undefined) throw new PushRefusal('not-authorized');
    return typeof held === 'string' ? held : JSON.stringify(held);
  };
  const standIns = { ca: certificate.cert, huawei: changes.hosts ?? huawei };
  /** Of an app whose secret nobody can read. */
  const broken = { ...settings, v2: { clientId: '4002', secret: 'unreadable', secretVersion: 'AWSCURRENT' } };
  const apps = { demo: settings, broken };
  const gateway = createHuaweiGateway({ apps, readSecret, clock: time.clock, standIns });

  const aCall = (api: Api, voip = true): HmsPush => {
    const call: Call = {
      type: 'call',
      uuid: '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d',
      callee: '101',
      pbxId: 'pbx-1',
      sentAt: now(),
      expiresAt: now() + 30_000,
    };
    const app = { hms: { v2: true as const, v3: true as const, ...(voip && { voip: true as const }) } };
    const push = pushOf({ platform: 'hms', harmonyOs: api === 'v3' }, app, call, now());
    if (push?.platform !== 'hms') throw new Error('no push for Huawei');
    return push;
  };
  const publish = (api: Api, token = hmsToken(api), signal = AbortSignal.timeout(5_000), app = 'demo') =>
    gateway.publish({ app, token }, aCall(api), signal);
  return {
    certificate,
    time,
    project,
    pushes,
    faults,
    huawei,
    secrets,
    gateway,
    aCall,
    publish,
    /** What each push was authorized by. */
    bearers,
    /** The reason why a push was refused, or `accepted`. */
    outcome: async (api: Api, token?: string, signal?: AbortSignal, app?: string): Promise<string> => {
      try {
        await publish(api, token, signal, app);
        return 'accepted';
      } catch (error) {
        if (error instanceof PushRefusal) return error.reason;
        throw error;
      }
    },
    /** How often Huawei was asked for a token, and for a push, and Secrets Manager for a secret, since the last look. */
    asked: () => {
      const [paths, secretsRead] = [requests.splice(0), reads.splice(0).length];
      const tokens = paths.filter((path) => path === '/oauth2/v3/token').length;
      return { tokens, pushes: paths.length - tokens, secrets: secretsRead };
    },
  };
};
