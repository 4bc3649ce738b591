import type { Settings } from '../settings/settings.ts';
import type { Reply } from './ask-resolver.ts';
import type { Finding } from './finding.ts';
import type { ResolverSource } from './resolution.ts';

/** The callers of a call wait that long for nothing. */
const slowMs = 500;

const failures: Readonly<Record<string, string>> = {
  ETIMEOUT: 'gives no answer within 3 s',
  ECANCELLED: 'gives no answer within 3 s',
  ECONNREFUSED: 'is not there: nothing listens at its port 53',
  EREFUSED: 'refuses to answer this machine',
  ESERVFAIL: 'fails to find out (SERVFAIL)',
  ENOTFOUND: 'says that there is no such host (NXDOMAIN)',
  ENODATA: 'knows no address',
};

const silent = new Set(['ETIMEOUT', 'ECANCELLED']);
/** Taken as the final word: no other resolver is asked then. */
const final = new Set(['ENOTFOUND', 'ENODATA']);

const failureOf = ({ failure = '', failed }: Reply): string =>
  (failures[failure] ?? `fails (${failure})`) + (failed === undefined ? '' : `, asked for ${failed} records`);

/** What to do about the resolver at this place of its source. */
export const remedyWith = ({ name, resolvers, conf }: ResolverSource, place: number): string => {
  const better = resolvers.find(({ reply }, other) => other !== place && reply.failure === undefined);
  const line = resolvers[place]?.line;
  if (better === undefined) {
    return conf === undefined
      ? "Name resolvers that answer in DNS_SERVERS, or leave it empty to use the system's."
      : `Name a resolver that answers in ${name}: your provider's, or for example 8.8.8.8; and allow UDP and TCP port 53 to it.`;
  }
  return conf === undefined
    ? `Put ${better.address} first in DNS_SERVERS, or take this one out.`
    : `Put \`nameserver ${better.address}\` above line ${line} of ${name}, or take line ${line} out.`;
};

/** What is wrong with one resolver, if anything is. */
export const judgeResolver = (
  place: number,
  source: ResolverSource,
  host: string,
  settings: Settings,
): Finding[] => {
  const { name, conf, resolvers } = source;
  const resolver = resolvers[place];
  if (resolver === undefined) return [];
  const { address, line, reply } = resolver;
  const isFirst = place === 0 || conf?.rotate === true;
  const position =
    resolvers.length === 1 ? 'the only one' : place === 0 ? 'the first' : `number ${place + 1}`;
  const where = `${address} (${name}${line === undefined ? '' : ` line ${line}`}, ${position})`;
  const details = { resolver: address, source: name, line, first: place === 0, ...reply };
  if (reply.failure !== undefined) {
    const cost = isFirst ? costOf(reply.failure, source) : '';
    // What pns does not ask does not stop it.
    const isAsked = conf === undefined || settings.dnsServers.length === 0;
    return [
      {
        check: 'resolvers',
        level: isFirst && isAsked ? 'fault' : 'warning',
        what: `${where} ${failureOf(reply)} for ${host}${cost}`,
        remedy: remedyOf(reply.failure, source, place),
        details,
      },
    ];
  }
  if (reply.milliseconds <= slowMs) return [];
  return [
    {
      check: 'resolvers',
      level: 'warning',
      what: `${where} took ${reply.milliseconds} ms for ${host}`,
      remedy: `A call waits that long for its push. ${remedyWith(source, place)}`,
      details,
    },
  ];
};

const costOf = (failure: string, { conf, resolvers }: ResolverSource): string => {
  if (resolvers.length === 1 || conf === undefined) return '';
  if (silent.has(failure))
    return `; before the next is asked, pns waits half a second for it, and what asks the system waits ${conf.timeoutSeconds} s`;
  return final.has(failure) ? '; the others are not asked then' : '';
};

const remedyOf = (failure: string, source: ResolverSource, place: number): string => {
  const someKnow = source.resolvers.some(({ reply }) => reply.addresses.length > 0);
  const isUnknown = final.has(failure) && !someKnow;
  const remedy = remedyWith(source, place);
  return isUnknown
    ? `Compare the host in PUSH_URL with what your provider gave you. If it is right: ${remedy}`
    : remedy;
};
