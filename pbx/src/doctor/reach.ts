import { isIP, type LookupFunction, type Socket } from 'node:net';
import { agentOf } from '../proxy/proxy-client.ts';
import { askForTunnel } from '../proxy/tunnel.ts';
import type { Settings } from '../settings/settings.ts';
import type { Context } from './context.ts';
import { type Answer, codeOf, get } from './exchange.ts';
import { nextHop } from './resolution.ts';
import { type Dial, dial } from './tcp.ts';
import { type Certificate, handshake, trusted } from './tls.ts';

/** How far the way to the push2 endpoint goes. Each part is there where the one before it went well. */
export type Reach = {
  /** A connection to each address: of the endpoint, or of the HTTPS proxy. */
  dials: Dial[];
  /** What the HTTPS proxy answered to CONNECT. */
  tunnel?: { status: number } | { failure: string };
  tls?: { certificate: Certificate } | { failure: string };
  /** Of `GET /health`. The times are epoch milliseconds on this machine's clock. */
  health?: { answer: Answer; askedAt: number; answeredAt: number } | { failure: string };
  /** A GET with the key. There where the endpoint has shown that it is the endpoint. */
  ask?: (path: string, signal?: AbortSignal) => Promise<Answer>;
};

const mostAddresses = 8;
const healthTimeoutMs = 2_500;
const askTimeoutMs = 2_500;

/** Goes the whole way, step by step, as far as it goes. */
export const reachEndpoint = async (context: Context): Promise<Reach> => {
  const { settings } = context;
  const { addresses } = await context.resolution();
  const { port } = nextHop(settings);
  const dialled = await Promise.all(addresses.slice(0, mostAddresses).map((address) => dial(address, port)));
  const dials = dialled.map(({ socket: _, ...rest }) => rest);
  const [first, ...spare] = dialled.flatMap(({ socket, address }) => (socket ? [{ socket, address }] : []));
  for (const { socket } of spare) socket.destroy();
  if (first === undefined) return { dials };
  try {
    const rest = await goOn(first.socket, settings);
    const isReadable = trusted(settings).failure === undefined;
    const ask = isReadable && isTrusted(rest) && isHealthy(rest) ? asker(context, first.address) : undefined;
    return { dials, ...rest, ...(ask && { ask }) };
  } finally {
    first.socket.destroy();
  }
};

/** What `GET /health` answers, and nothing else (docs/openapi.yaml). */
export const isHealthy = ({ health }: Pick<Reach, 'health'>): boolean =>
  health !== undefined &&
  'answer' in health &&
  health.answer.status === 200 &&
  health.answer.text.trim() === 'ok';

export const isTrusted = ({ tls }: Pick<Reach, 'tls'>): boolean =>
  tls === undefined || ('certificate' in tls && tls.certificate.problem === undefined);

const goOn = async (opened: Socket, settings: Settings): Promise<Omit<Reach, 'dials'>> => {
  const url = new URL(settings.pushUrl);
  const reached: Omit<Reach, 'dials'> = {};
  let socket = opened;
  if (settings.httpsProxy !== undefined) {
    const port = url.port || (url.protocol === 'https:' ? 443 : 80);
    try {
      const answered = await askForTunnel(socket, new URL(settings.httpsProxy), `${url.hostname}:${port}`);
      reached.tunnel = { status: answered.status };
      socket = answered.socket;
    } catch (error) {
      return { tunnel: { failure: codeOf(error) } };
    }
    if (reached.tunnel.status !== 200) return reached;
  }
  if (url.protocol === 'https:') {
    try {
      const spoken = await handshake(socket, settings);
      reached.tls = { certificate: spoken.certificate };
      socket = spoken.socket;
    } catch (error) {
      return { ...reached, tls: { failure: codeOf(error) } };
    }
  }
  const askedAt = Date.now();
  try {
    const path = new URL(`${settings.pushUrl}/health`);
    const answer = await get(path, healthTimeoutMs, { createConnection: () => socket });
    return { ...reached, health: { answer, askedAt, answeredAt: Date.now() } };
  } catch (error) {
    return { ...reached, health: { failure: codeOf(error) } };
  } finally {
    socket.destroy();
  }
};

/** Asks as the daemon does, but the address that has answered, whatever a look-up would say. */
const asker = ({ settings, signal }: Context, address: string): NonNullable<Reach['ask']> => {
  const agent = agentOf(settings, lookupAs(address));
  signal.addEventListener('abort', () => agent.destroy());
  return (path, given) =>
    get(new URL(settings.pushUrl + path), askTimeoutMs, {
      agent,
      headers: { authorization: `Bearer ${settings.key}` },
      ...(given && { signal: given }),
    });
};

const lookupAs =
  (address: string): LookupFunction =>
  (_host, { all }, give) => {
    const family = isIP(address);
    if (all) give(null, [{ address, family }]);
    else give(null, address, family);
  };
