import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKey, writeKey } from '../../../../lambda/core/key.ts';
import type { Ports } from '../../../../pbx/src/doctor/context.ts';
import { runDoctor } from '../../../../pbx/src/doctor/doctor.ts';
import type { Finding } from '../../../../pbx/src/doctor/finding.ts';
import { thisMachine } from '../../../../pbx/src/doctor/machine.ts';
import type { Status } from '../../../../pbx/src/operations.ts';
import type { Settings } from '../../../../pbx/src/settings/settings.ts';
import { settingsOf } from '../../support/settings.ts';
import type { AriState } from './ari.ts';
import { startAri } from './ari.ts';
import { createCa, createCertificate } from './certificates.ts';
import { createClosing } from './closing.ts';
import { startDns } from './dns-server.ts';
import type { EndpointState } from './endpoint.ts';
import { startEndpoint } from './endpoint.ts';

export const host = 'push2.example.com';
const ariPassword = 'ari-password';

export const aDevice = (changes: object = {}) => ({
  fingerprint: '9f86d081',
  deviceId: 'phone-1',
  deviceName: 'Pixel 9',
  platform: 'fcm',
  app: 'demo',
  environment: 'production',
  line: 1,
  registeredAt: '2026-11-01T00:00:00.000Z',
  expiresAt: '2027-08-01T00:00:00.000Z',
  ...changes,
});

/** All that a push needs, on loopback, and well. A test breaks one thing of it. */
export const createWorld = async () => {
  const closing = createClosing();
  const dir = mkdtempSync(join(tmpdir(), 'pns-doctor-'));
  closing.add(() => rmSync(dir, { recursive: true }));
  const file = (name: string, content: string): string => {
    writeFileSync(join(dir, name), content);
    return join(dir, name);
  };
  const ca = await createCa('Example Root');
  const key = writeKey(makeKey());
  const endpoint: EndpointState = { key, devices: { '101': [aDevice()] }, clockOffsetMs: 0, asked: [] };
  const endpointPort = await startEndpoint(closing, endpoint, await createCertificate(host, { ca }));
  const pushUrl = `https://${host}:${endpointPort}`;
  const status: Status = {
    version: '1.2.3',
    pid: 4_711,
    uptimeSeconds: 60,
    spool: { depth: 0, oldestSeconds: 0, keptAside: 0 },
    callsInProgress: 0,
    proxy: { url: pushUrl, breaker: 'closed' },
  };
  const daemon = createServer((_, response) => response.end(JSON.stringify(status)));
  const daemonPort = await closing.listen(daemon);
  const ari: AriState = {
    phones: {
      '101': { contacts: [{ uri: 'sip:101@198.51.100.7:40000;transport=TCP;ob', userAgent: 'Phone/1' }] },
      '200': { endpoint: { rewrite_contact: 'false' }, aor: { qualify_frequency: '60' } },
      trunk: { aor: { max_contacts: '0' }, contacts: [{ uri: 'sip:203.0.113.5' }] },
    },
    asked: [],
  };
  const ariPort = await startAri(closing, ari, ariPassword);
  const dnsPort = await startDns(closing, { addresses: ['127.0.0.1'] });

  const settings = settingsOf({
    proxyAddress: { host: '127.0.0.1', port: daemonPort },
    pushUrl,
    key,
    dataDir: dir,
    caFile: file('ca.pem', ca.cert),
    ari: { url: `http://127.0.0.1:${ariPort}`, user: 'pns', password: ariPassword },
  });
  const ports: Ports = {
    version: '1.2.3',
    environment: {},
    resolvConf: file('resolv.conf', 'nameserver 127.0.0.1\n'),
    dnsPort,
    lookUp: async () => ['127.0.0.1'],
    networks: () => ['192.0.2.2/24'],
    holderOf: thisMachine().holderOf,
  };
  return {
    closing,
    file,
    ca,
    endpoint,
    endpointPort,
    status,
    daemon,
    ari,
    settings,
    ports,
    look: (changes: Partial<Settings> = {}, extension?: string): Promise<Finding[]> =>
      runDoctor({ ...settings, ...changes }, ports, extension),
    close: closing.close,
  };
};
export type World = Awaited<ReturnType<typeof createWorld>>;

/** What is not well, as `check level`. */
export const troubles = (findings: readonly Finding[]): string[] =>
  findings
    .filter(({ level }) => level === 'warning' || level === 'fault')
    .map(({ check, level }) => `${check} ${level}`);

/** The one thing that is not well. */
export const theTrouble = (findings: readonly Finding[]): Finding => {
  const [trouble, ...more] = findings.filter(({ level }) => level === 'warning' || level === 'fault');
  if (trouble === undefined || more.length > 0) {
    throw new Error(
      `expected one trouble, but there are: ${JSON.stringify([trouble, ...more], undefined, 1)}`,
    );
  }
  return trouble;
};
