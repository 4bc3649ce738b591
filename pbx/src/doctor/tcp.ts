import { connect, type Socket } from 'node:net';
import { codeOf } from './exchange.ts';

export type Dial = {
  address: string;
  milliseconds: number;
  /** A code of connect(2); `ETIMEDOUT` where nothing came back in time. */
  failure?: string;
};

/** A lost SYN is sent again after 1 s (RFC 6298); what is dropped twice is dropped by somebody. */
const timeoutMs = 3_000;

export const dial = async (address: string, port: number): Promise<Dial & { socket?: Socket }> => {
  const start = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: address, port }, resolve).on('error', reject);
  const late = setTimeout(() => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })), timeoutMs);
  const passed = () => Math.round(performance.now() - start);
  try {
    await promise;
    return { address, milliseconds: passed(), socket };
  } catch (error) {
    return { address, milliseconds: passed(), failure: codeOf(error) };
  } finally {
    clearTimeout(late);
  }
};
