/** What `pns.conf` comes to (pbx/etc/pns.conf describes each key). */
export type Settings = {
  /** PROXY_ADDRESS: where pns listens. */
  proxyAddress: { host: string; port: number };
  /** PUSH_URL: the push2 endpoint, without a slash at its end. */
  pushUrl: string;
  /** KEY, or what KEY_FILE holds. */
  key: string;
  /** DATA_DIR: spool and pid. */
  dataDir: string;
  /** LOG_FILE; `-` is standard output. */
  logFile: string;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  logFormat: 'json' | 'text';
  /** CA_FILE: trusted beside Node's own. */
  caFile: string | undefined;
  /** HTTPS_PROXY: the way out, `http://host:port`, with `user:password@` perhaps: a secret then. */
  httpsProxy: string | undefined;
  /** DNS_SERVERS, asked instead of the system's; empty: the system's. */
  dnsServers: readonly string[];
  /** APP, for registrations that name none. */
  app: string | undefined;
  /** LEGACY_APPLE_PLATFORM, for a register of token and extension alone. */
  legacyApplePlatform: 'apns-voip' | 'apns';
  /** RING_SECONDS, for a call that names none. */
  ringSeconds: number;
  /** WAKE */
  wake: 'once' | 'until-registered';
  /** CALL_DEADLINE_MS: /push_call, /push_cancel and /push_message answer within it. */
  callDeadlineMs: number;
  /** SPOOL_DEADLINE_MS: one delivery from the spool, retries included. */
  spoolDeadlineMs: number;
  /** RESOLV_CONF: a second file of resolvers for `pns doctor`. */
  resolvConf: string | undefined;
  /** ARI_URL, ARI_USER, ARI_PASSWORD or ARI_PASSWORD_FILE: for `pns doctor`. */
  ari: { url: string; user: string; password: string } | undefined;
};
