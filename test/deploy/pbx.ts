import { request } from 'node:http';
import { text } from 'node:stream/consumers';

export type Answer = {
  status: number /** Of its content. */;
  type: string;
  body: Record<string, unknown>;
  text: string;
};

/**
 * Asks a deployed API as a PBX does. MiniStack tells APIs apart by the host, which no resolver knows: hence the address
 * by itself.
 *
 * @param url of MiniStack
 * @param apiUrl the stack's output
 */
export const pbxAt = (url: string, apiUrl: string, key?: string) => {
  const host = apiUrl.replace(/^https?:\/\//, '');
  const { hostname, port } = new URL(url);
  const send = (method: string, path: string, body?: string | object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(
        {
          ...{ hostname, port, method, path, agent: false, timeout: 30_000 },
          headers: {
            host,
            ...(key && { authorization: `Bearer ${key}` }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
        },
        (response) => {
          text(response).then((read) => {
            const isJson = read.startsWith('{');
            const { statusCode: status = 0 } = response;
            const type = response.headers['content-type'] ?? 'none';
            resolve({ status, type, text: read, body: isJson ? JSON.parse(read) : {} });
          }, reject);
        },
      );
      asked.on('timeout', () => asked.destroy(new Error(`no answer to ${method} ${path}`)));
      asked.on('error', reject);
      asked.end(typeof body === 'object' ? JSON.stringify(body) : body);
    });
  return {
    send,
    get: (path: string) => send('GET', path),
    post: (path: string, body: string | object) => send('POST', path, body),
    withKey: (other: string) => pbxAt(url, apiUrl, other),
    at: (otherUrl: string) => pbxAt(url, otherUrl, key),
  };
};
export type Pbx = ReturnType<typeof pbxAt>;
