import { Agent, type AgentOptions } from 'node:https';
import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { formatAddress, hostOf } from '../address.ts';
import { askForTunnel } from './tunnel.ts';

/** The proxy knows no way, or wants a password. */
class TunnelRefused extends Error {
  readonly code = 'ERR_PROXY_TUNNEL';
}

const openTunnel = async (
  proxy: URL,
  target: string,
  lookup: LookupFunction | undefined,
): Promise<Socket> => {
  const connection = connectTcp({
    host: hostOf(proxy),
    port: Number(proxy.port || 80),
    ...(lookup && { lookup }),
  });
  try {
    const { status, socket } = await askForTunnel(connection, proxy, target);
    if (status === 200) return socket;
    throw new TunnelRefused(`the HTTPS proxy answers ${status} to CONNECT`);
  } catch (error) {
    connection.destroy();
    throw error;
  }
};

/**
 * Goes out through an HTTPS proxy. Not Node's `proxyEnv`, which keeps for ever each connection on which it came to no
 * tunnel (seen in Node 24.21).
 */
export class TunnelAgent extends Agent {
  readonly #proxy: URL;
  readonly #lookup: LookupFunction | undefined;

  constructor(proxy: URL, lookup: LookupFunction | undefined, options: AgentOptions) {
    super(options);
    this.#proxy = proxy;
    this.#lookup = lookup;
  }

  override createConnection(
    options: ConnectionOptions,
    done: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const { host = '', port = 443 } = options;
    openTunnel(this.#proxy, formatAddress({ host, port: Number(port) }), this.#lookup).then(
      (socket) => done(null, connectTls({ ...options, socket })),
      // Node's types have a stream always; there is none.
      (error: Error) => done(error, undefined as unknown as Duplex),
    );
  }
}
