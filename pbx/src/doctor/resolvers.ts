import type { Context } from './context.ts';
import { type Finding, listed } from './finding.ts';
import { judgeResolver, remedyWith } from './judge-resolver.ts';
import { nextHop, type Resolution, type ResolverSource } from './resolution.ts';
import { dial } from './tcp.ts';
import { handshake } from './tls.ts';

export const checkResolvers = async (context: Context): Promise<Finding[]> => {
  const resolution = await context.resolution();
  const { host, sources, lookUp } = resolution;
  if (host === undefined) {
    return [{ check: 'resolvers', level: 'skipped', what: 'no resolver is needed for what PUSH_URL names' }];
  }
  const findings = [
    ...sources.flatMap((source) => judgeSource(source, resolution, context)),
    ...(await findStrangers(resolution, context)),
  ];
  const answers = sources.some(({ resolvers }) => resolvers.some(({ reply }) => reply.addresses.length > 0));
  if (lookUp.failure !== undefined && answers && !findings.some(({ level }) => level === 'fault')) {
    findings.push({
      check: 'resolvers',
      level: 'fault',
      what: `pns's own look-up of ${host} fails (${lookUp.failure}) although a resolver answers`,
      remedy: 'Run `pns doctor` again: a resolver that fails now and then is as bad as one that always does.',
    });
  }
  if (findings.length > 0) return findings;
  const asked = sources.flatMap(({ name, resolvers }) =>
    resolvers.map(({ address }) => `${address} (${name})`),
  );
  return [
    { check: 'resolvers', level: 'ok', what: `${host} is known to ${listed(asked)}`, details: { sources } },
  ];
};

const judgeSource = (source: ResolverSource, resolution: Resolution, context: Context): Finding[] => {
  const { name, conf, unreadable, resolvers } = source;
  const found = (level: 'warning' | 'fault', what: string, remedy: string): Finding => ({
    check: 'resolvers',
    level,
    what,
    remedy,
    details: { source: name },
  });
  if (unreadable !== undefined) {
    return [
      found(
        'warning',
        `${name} cannot be read (${unreadable})`,
        'Create it, with a `nameserver` line each for two resolvers.',
      ),
    ];
  }
  const ignored = (conf?.ignored ?? []).map(({ line, why }) =>
    found('warning', `${name} line ${line} is passed over: ${why}`, 'Correct the line or take it out.'),
  );
  if (resolvers.length === 0) {
    const remedy = 'Add a `nameserver` line each for two resolvers: without one this machine asks itself.';
    return [...ignored, found('fault', `${name} names no resolver`, remedy)];
  }
  return [
    ...ignored,
    ...resolvers.flatMap((_, place) => judgeResolver(place, source, resolution.host ?? '', context.settings)),
  ];
};

/** Differing addresses are common, and harmless if the endpoint is behind all of them: its certificate tells. */
const findStrangers = async (resolution: Resolution, context: Context): Promise<Finding[]> => {
  const { settings } = context;
  const all = resolution.sources.flatMap((source) =>
    source.resolvers.map((resolver, place) => ({ ...resolver, place, source })),
  );
  const given = [resolution.lookUp.addresses, ...all.map(({ reply }) => reply.addresses)];
  const differing = all.filter(
    ({ reply }) =>
      reply.addresses.length > 0 &&
      given.some((others) => others.length > 0 && !others.some((one) => reply.addresses.includes(one))),
  );
  if (settings.httpsProxy !== undefined) return [];
  const judged = await Promise.all(
    differing.map(async (one) => ({
      ...one,
      right: await isEndpoint(one.reply.addresses[0] ?? '', context),
    })),
  );
  // Where nobody is right the endpoint cannot be reached, which other checks say.
  if (!judged.some(({ right }) => right)) return [];
  return judged
    .filter(({ right }) => !right)
    .map(({ address, line, place, reply, source }) => ({
      check: 'resolvers',
      level: place === 0 ? 'fault' : 'warning',
      what: `${address} (${source.name}${line === undefined ? '' : ` line ${line}`}) says that ${resolution.host} is ${listed(reply.addresses, 3)}, where the endpoint is not`,
      remedy: `It filters, redirects, or gives an outdated answer. ${remedyWith(source, place)}`,
      details: { resolver: address, source: source.name, line, addresses: reply.addresses },
    }));
};

const isEndpoint = async (address: string, { settings }: Context): Promise<boolean> => {
  const { socket } = await dial(address, nextHop(settings).port);
  if (socket === undefined) return false;
  try {
    const { certificate } = await handshake(socket, settings);
    return certificate.problem === undefined;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};
