import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../pbx/src/settings/read-settings.ts';
import { faultsOf, fileWith, key, pathOf, read, required } from './support.ts';

const withLine = (line: string) => `${required}${line}\n`;

describe('a file that is right', () => {
  it('needs the address and the key alone', async () => {
    expect(await read(required)).toEqual({
      proxyAddress: { host: '127.0.0.1', port: 8070 },
      pushUrl: 'https://push.example.com',
      key,
      dataDir: '/var/lib/pns',
      logFile: '/var/log/pns/pns.log',
      logLevel: 'info',
      logFormat: 'json',
      caFile: undefined,
      httpsProxy: undefined,
      dnsServers: [],
      app: undefined,
      legacyApplePlatform: 'apns-voip',
      ringSeconds: 30,
      wake: 'once',
      callDeadlineMs: 2000,
      spoolDeadlineMs: 10_000,
      resolvConf: undefined,
      ari: undefined,
    });
  });

  it('is read whether it was written with BOM, CRLF, tabs, comments, quotes or without spaces', async () => {
    const text = [
      '\ufeff# a comment',
      '  ; another = one',
      '',
      'PUSH_URL=https://push.example.com/',
      `\tKEY\t=\t"${key}"  `,
      'ARI_URL = http://127.0.0.1:8088/ari/',
      "ARI_USER = '\"'",
      'ARI_PASSWORD = \' a#b;c="d" \'',
    ].join('\r\n');
    expect(await read(text)).toMatchObject({
      pushUrl: 'https://push.example.com',
      key,
      ari: { url: 'http://127.0.0.1:8088/ari', user: '"', password: ' a#b;c="d" ' },
    });
  });

  it.each([
    ['PROXY_ADDRESS = 8071', { proxyAddress: { host: '127.0.0.1', port: 8071 } }],
    ['PROXY_ADDRESS = 0.0.0.0:0', { proxyAddress: { host: '0.0.0.0', port: 0 } }],
    ['PROXY_ADDRESS = [::1]:8070', { proxyAddress: { host: '::1', port: 8070 } }],
    ['PROXY_ADDRESS = pbx-1.lan:65535', { proxyAddress: { host: 'pbx-1.lan', port: 65_535 } }],
    ['LOG_FILE = -', { logFile: '-' }],
    ['LOG_LEVEL = warn', { logLevel: 'warn' }],
    ['LOG_FORMAT = text', { logFormat: 'text' }],
    ['HTTPS_PROXY = http://user:p%40ss@proxy:3128', { httpsProxy: 'http://user:p%40ss@proxy:3128' }],
    [
      'DNS_SERVERS = 192.0.2.1,192.0.2.2:5353 ::1 , [::1]:54',
      {
        dnsServers: ['192.0.2.1', '192.0.2.2:5353', '::1', '[::1]:54'],
      },
    ],
    ['APP = demo-2', { app: 'demo-2' }],
    ['LEGACY_APPLE_PLATFORM = apns', { legacyApplePlatform: 'apns' }],
    ['RING_SECONDS = 45', { ringSeconds: 45 }],
    ['WAKE = until-registered', { wake: 'until-registered' }],
    ['CALL_DEADLINE_MS = 100', { callDeadlineMs: 100 }],
    ['SPOOL_DEADLINE_MS = 300000', { spoolDeadlineMs: 300_000 }],
    ['RESOLV_CONF = /opt/etc/resolv.conf', { resolvConf: '/opt/etc/resolv.conf' }],
  ])('%s', async (line, settings) => {
    expect(await read(withLine(line))).toMatchObject(settings);
  });

  it.each([
    ['https://push.example.com', 'https://push.example.com'],
    ['https://Example.com:8443/base/', 'https://example.com:8443/base'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://127.0.0.2:8080', 'http://127.0.0.2:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('PUSH_URL = %s', async (url, pushUrl) => {
    expect(await read(`KEY = ${key}\nPUSH_URL = ${url}`)).toMatchObject({ pushUrl });
  });
});

describe('a file that is wrong', () => {
  it('is told of with all of its wrong lines, in their order, and with what is missing', async () => {
    const text = [
      'PROXY_ADRESS = 127.0.0.1:8070',
      'LOG_LEVEL = loud',
      'this is no assignment',
      'LOG_FORMAT = text',
      'LOG_FORMAT = json',
      'TIMEOUT = 3',
    ].join('\n');
    expect(await faultsOf(text)).toEqual([
      '1: PROXY_ADRESS: expected a known name, perhaps PROXY_ADDRESS',
      '2: LOG_LEVEL: expected debug, info, warn or error',
      '3: expected NAME = value, or a comment that starts with #',
      '5: LOG_FORMAT: expected once, and line 4 has it already',
      expect.stringMatching(/^6: TIMEOUT: expected one of PUSH_URL, KEY, .*, ARI_PASSWORD_FILE$/),
      expect.stringMatching(/^PUSH_URL: expected the address of the push2 endpoint without a route/),
      expect.stringMatching(/^KEY or KEY_FILE: expected a key as `pns-admin keys add` printed it/),
    ]);
  });

  it('is named with its path', async () => {
    const file = fileWith('other.conf', `${required}WAKE = twice`);
    await expect(readSettings(file)).rejects.toThrow(`${file}:3: WAKE: expected once or until-registered`);
    const missing = pathOf('missing.conf');
    await expect(readSettings(missing)).rejects.toThrow(
      `${missing}: expected a file that pns may read (ENOENT)`,
    );
    await expect(readSettings(pathOf('.'))).rejects.toThrow(/: expected a file$/);
  });

  it.each([
    [
      'PROXY_ADDRESS',
      ':8070',
      '127.0.0.1',
      '127.0.0.1:65536',
      '::1:8070',
      '[127.0.0.1]:80',
      '127.0.0.300:80',
      'a b:1',
    ],
    ['DATA_DIR', 'data', './data', ''],
    ['LOG_FILE', 'pns.log', '/var/log/', '--'],
    ['LOG_LEVEL', 'INFO', 'trace', ''],
    ['CA_FILE', 'ca.pem'],
    ['HTTPS_PROXY', 'proxy:3128', 'socks5://proxy:1080', 'http://proxy:3128/path', 'http://'],
    [
      'DNS_SERVERS',
      'dns.example.com',
      '192.0.2.1:0',
      '192.0.2.1:x',
      '[::1]',
      '192.0.2.1,,192.0.2.2',
      '1.2.3',
    ],
    ['APP', 'Demo', 'a_b', 'x'.repeat(33)],
    ['LEGACY_APPLE_PLATFORM', 'fcm'],
    ['RING_SECONDS', '4', '121', '30s', '3e1', '-30', '30.5', '0x1e'],
    ['WAKE', 'true'],
    ['CALL_DEADLINE_MS', '99', '30001', '2 000'],
    ['SPOOL_DEADLINE_MS', '999', '300001'],
    ['RESOLV_CONF', 'resolv.conf'],
  ])('takes no wrong %s', async (name, ...values) => {
    for (const value of values) {
      expect(await faultsOf(withLine(`${name} = ${value}`)), value).toEqual([
        expect.stringMatching(new RegExp(`^3: ${name}: expected \\S`)),
      ]);
    }
  });

  it.each([
    'push.example.com',
    'http://push.example.com',
    'ftp://push.example.com',
    'https://push.example.com/push_call',
    'https://push.example.com/?a=b',
    'https://user:secret@push.example.com',
    'http://127.0.0.1.example.com',
  ])('takes no PUSH_URL like %s', async (url) => {
    expect(await faultsOf(`KEY = ${key}\nPUSH_URL = ${url}`)).toEqual([
      expect.stringMatching(/^2: PUSH_URL: expected the address/),
    ]);
  });

  it('has a hint for a comment behind a value', async () => {
    expect(await faultsOf(withLine('LOG_LEVEL = info # for now'))).toEqual([
      '3: LOG_LEVEL: expected debug, info, warn or error; a comment stands on a line of its own',
    ]);
  });

  it('may have a quote open, or bytes that are no text', async () => {
    const text = Buffer.concat([
      Buffer.from(`${required}APP = "demo\nARI_USER = a`),
      Buffer.from([0xff]),
      Buffer.from('\nARI_URL = a\0b\n'),
    ]);
    expect(await faultsOf(text)).toEqual([
      '3: APP: expected a closing quote at the end of the line',
      '4: ARI_USER: expected UTF-8 text without control characters',
      '5: ARI_URL: expected UTF-8 text without control characters',
    ]);
  });

  it('names all lines that take ARI, or none', async () => {
    expect(await faultsOf(withLine('ARI_USER = pns'))).toEqual([
      '3: ARI_URL: expected too, since ARI takes an address, a user and a password',
      '3: ARI_PASSWORD: expected too, since ARI takes an address, a user and a password',
    ]);
  });

  it('is only ever refused with a SettingsError, whatever it holds', async () => {
    const names = fc.constantFrom('KEY', 'KEY_FILE', 'PUSH_URL', 'DNS_SERVERS', 'HTTPS_PROXY', 'x', '');
    const line = fc.oneof(
      fc.tuple(names, fc.string({ unit: 'binary' })).map(([name, value]) => `${name} = ${value}`),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
        await faultsOf(lines.join('\n'));
      }),
      { numRuns: 300 },
    );
  });
});
