import type { AgentOptions } from 'node:https';
import { Agent } from 'node:https';

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
  let usedAt = now();
  const close = () => {
    for (const sockets of Object.values(agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  };
  return {
    agent: () => {
      if (now() - usedAt > idleMs) close();
      usedAt = now();
      return agent;
    },
    close,
  };
};
