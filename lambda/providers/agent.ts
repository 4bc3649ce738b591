import type { AgentOptions } from 'node:https';
import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * Whoever is at the other end of a connection that nobody uses, or between, forgets it after some time, and a function that
 * is frozen meanwhile hears nothing of it: then each push that takes such a connection waits for nothing. In milliseconds.
 */
const idleMs = 15_000;

export type Connections = {
  /** For a request that begins now: none of its connections has been idle for long. */
  agent(): Agent;
  /** Closes those that no request is using. */
  close(): void;
};

/** Connections of one provider's own, which are kept between requests. */
export const createConnections = (options: AgentOptions, now: () => number): Connections => {
  const agent = new Agent({ keepAlive: true, ...options });
  const freeSince = new WeakMap<Duplex, number>();
  agent.on('free', (socket: Duplex) => freeSince.set(socket, now()));
  const closeThose = (which: (socket: Duplex) => boolean) => {
    for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []))
      if (which(socket)) socket.destroy();
  };
  return {
    agent: () => {
      closeThose((socket) => now() - (freeSince.get(socket) ?? 0) > idleMs);
      return agent;
    },
    close: () => closeThose(() => true),
  };
};
