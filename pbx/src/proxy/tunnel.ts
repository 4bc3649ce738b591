import { request } from 'node:http';
import type { Socket } from 'node:net';

const timeoutMs = 2_500;

/** Asks an HTTP proxy for a way to `host:port` (RFC 9110 9.3.6). Throws where it gives no answer at all. */
export const askForTunnel = async (
  connection: Socket,
  proxy: URL,
  target: string,
): Promise<{ status: number; socket: Socket }> => {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; socket: Socket }>();
  const { username, password } = proxy;
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const asked = request({
    createConnection: () => connection,
    method: 'CONNECT',
    path: target,
    headers: {
      host: target,
      ...(username && { 'proxy-authorization': `Basic ${credentials.toString('base64')}` }),
    },
  });
  const late = setTimeout(() => asked.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })), timeoutMs);
  asked.on('connect', ({ statusCode = 0 }, socket: Socket) => resolve({ status: statusCode, socket }));
  asked.on('error', reject).end();
  try {
    return await promise;
  } finally {
    clearTimeout(late);
  }
};
