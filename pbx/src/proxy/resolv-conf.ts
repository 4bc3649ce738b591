import { isIP } from 'node:net';

export type ResolvConf = {
  /** In the order in which they are asked. */
  nameservers: { address: string; line: number }[];
  /** Lines that the system passes over. */
  ignored: { line: number; why: string }[];
  /** How long one resolver is waited for, in seconds. */
  timeoutSeconds: number;
  /** The resolvers take turns at being the first. */
  rotate: boolean;
};

/** resolv.conf(5): MAXNS, RES_TIMEOUT, RES_MAXRETRANS. */
const mostNameservers = 3;
const defaultTimeoutSeconds = 5;
const longestTimeoutSeconds = 30;

/** What the kernel takes them for; c-ares drops an answer that comes from another address than was asked. */
const thisMachine: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/** Reads resolv.conf as the C library does: keywords in the first column, the last `options` of a name holds. */
export const readResolvConf = (text: string): ResolvConf => {
  const conf: ResolvConf = {
    nameservers: [],
    ignored: [],
    timeoutSeconds: defaultTimeoutSeconds,
    rotate: false,
  };
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    const [, keyword, rest = ''] = /^(nameserver|options)[ \t]+([^#;]*)/.exec(content) ?? [];
    if (keyword === 'options') readOptions(rest, conf);
    if (keyword !== 'nameserver') continue;
    const given = rest.trim().split(/\s/)[0] ?? '';
    const address = thisMachine.get(given) ?? given;
    if (isIP(address) === 0) conf.ignored.push({ line, why: `"${address}" is not an IP address` });
    else if (conf.nameservers.length < mostNameservers) conf.nameservers.push({ address, line });
    else conf.ignored.push({ line, why: `only the first ${mostNameservers} resolvers are asked` });
  }
  return conf;
};

const readOptions = (options: string, conf: ResolvConf): void => {
  for (const option of options.trim().split(/\s+/)) {
    if (option === 'rotate') conf.rotate = true;
    const [, seconds] = /^timeout:(\d+)/.exec(option) ?? [];
    if (seconds !== undefined) conf.timeoutSeconds = Math.min(Number(seconds), longestTimeoutSeconds);
  }
};
