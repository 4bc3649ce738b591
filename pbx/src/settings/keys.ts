import * as readers from './readers.ts';

/**
 * What pns.conf may hold: how each value is read, and what it is where it is left out, as it would be written.
 * `pbx/etc/pns.conf` tells people of each, and a test holds the two together.
 */
export const keys = {
  PUSH_URL: readers.pushUrl,
  KEY: readers.key,
  KEY_FILE: readers.path,
  PROXY_ADDRESS: { ...readers.address, default: '127.0.0.1:8070' },
  DATA_DIR: { ...readers.path, default: '/var/lib/pns' },
  LOG_FILE: { ...readers.pathOrOutput, default: '/var/log/pns/pns.log' },
  LOG_LEVEL: { ...readers.oneOf('debug', 'info', 'warn', 'error'), default: 'info' },
  LOG_FORMAT: { ...readers.oneOf('json', 'text'), default: 'json' },
  CA_FILE: readers.path,
  HTTPS_PROXY: readers.proxyUrl,
  DNS_SERVERS: readers.servers,
  APP: readers.appName,
  LEGACY_APPLE_PLATFORM: { ...readers.oneOf('apns-voip', 'apns'), default: 'apns-voip' },
  // The bounds of a deployment's own default (lib/settings-schema.ts).
  RING_SECONDS: { ...readers.whole(5, 120), default: '30' },
  WAKE: { ...readers.oneOf('once', 'until-registered'), default: 'once' },
  // Less, and no answer of a distant cloud would be in time; more, and the caller has hung up.
  CALL_DEADLINE_MS: { ...readers.whole(100, 30_000), default: '2000' },
  SPOOL_DEADLINE_MS: { ...readers.whole(1_000, 300_000), default: '10000' },
  RESOLV_CONF: readers.path,
  ARI_URL: readers.ariUrl,
  ARI_USER: readers.anyText,
  ARI_PASSWORD: readers.anyText,
  ARI_PASSWORD_FILE: readers.path,
};

export type KeyName = keyof typeof keys;
/** What each key comes to. */
export type Values = { [Name in KeyName]: NonNullable<ReturnType<(typeof keys)[Name]['read']>> };
export type DefaultedName = {
  [Name in KeyName]: (typeof keys)[Name] extends { default: string } ? Name : never;
}[KeyName];

export const keyNames = Object.keys(keys) as KeyName[];
export const isKeyName = (name: string): name is KeyName => Object.hasOwn(keys, name);
