import { Resolver } from 'node:dns/promises';
import { codeOf } from './exchange.ts';

/** Within it a resolver that lost one packet answers the second. */
const firstTryMs = 1_000;
const deadlineMs = 3_000;

export type Reply = {
  /** How long the slower of the two questions took. */
  milliseconds: number;
  addresses: readonly string[];
  /** Why a question got no answer, a code of node:dns; `ENODATA`: there is no address at all. */
  failure?: string;
  /** The question that failed where the other was answered: the system waits for both. */
  failed?: 'A' | 'AAAA';
};

/** Asks one resolver, and no other, for both kinds of address. */
export const askResolver = async (server: string, host: string): Promise<Reply> => {
  const resolver = new Resolver({ timeout: firstTryMs, tries: 2 });
  const start = performance.now();
  const late = setTimeout(() => resolver.cancel(), deadlineMs);
  try {
    resolver.setServers([server]);
    const [four, six] = await Promise.all([settle(resolver.resolve4(host)), settle(resolver.resolve6(host))]);
    const addresses = [...four.addresses, ...six.addresses];
    const reply = { milliseconds: Math.round(performance.now() - start), addresses };
    if (addresses.length === 0) {
      return { ...reply, failure: [four, six].find(isBroken)?.failure ?? four.failure ?? 'ENODATA' };
    }
    if (isBroken(four)) return { ...reply, failure: four.failure, failed: 'A' };
    if (isBroken(six)) return { ...reply, failure: six.failure, failed: 'AAAA' };
    return reply;
  } catch (error) {
    return { milliseconds: 0, addresses: [], failure: codeOf(error) };
  } finally {
    clearTimeout(late);
  }
};

type Settled = { addresses: readonly string[]; failure?: string };

const settle = (question: Promise<string[]>): Promise<Settled> =>
  question.then(
    (addresses) => ({ addresses }),
    (error) => ({ addresses: [], failure: codeOf(error) }),
  );

/** That a host has no address of a kind is an answer. */
const isBroken = (settled: Settled): settled is Settled & { failure: string } =>
  settled.failure !== undefined && settled.failure !== 'ENODATA';
