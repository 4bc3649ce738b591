import type { Settings } from '../../../pbx/src/settings/settings.ts';

/** What pns.conf comes to that says no more than it must. */
export const settingsOf = (changes: Partial<Settings> = {}): Settings => ({
  proxyAddress: { host: '127.0.0.1', port: 8070 },
  pushUrl: 'http://127.0.0.1:1',
  key: 'pns_test_0123456789012345678901_012345',
  dataDir: '/nonexistent',
  logFile: '-',
  logLevel: 'info',
  logFormat: 'json',
  caFile: undefined,
  httpsProxy: undefined,
  dnsServers: [],
  app: undefined,
  legacyApplePlatform: 'apns-voip',
  ringSeconds: 30,
  wake: 'once',
  callDeadlineMs: 2_000,
  spoolDeadlineMs: 10_000,
  resolvConf: undefined,
  ari: undefined,
  ...changes,
});
