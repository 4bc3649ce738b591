import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';

type Post = {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
  /** Its connections are one provider's own. */
  agent: Agent;
  /** Ends it. @default - ends by itself */
  signal?: AbortSignal;
};

export type Answer = { status: number; headers: IncomingMessage['headers']; body: string };

/** No provider has more to say. In bytes: what is longer is cut off. */
const longestAnswer = 65_536;

/** A request that is answered takes milliseconds; one try has this long, so that there is time for another. */
const tryMs = 1_000;

const bodyOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > longestAnswer) break;
  }
  return Buffer.concat(chunks).toString();
};

/**
 * One POST over HTTPS, bounded in time and size. Follows no redirect.
 *
 * @throws whatever the connection throws; an AbortError or TimeoutError where there was no time
 */
export const httpsPost = async ({ url, headers, body, agent, signal }: Post): Promise<Answer> => {
  const inTime = AbortSignal.timeout(tryMs);
  const late = signal === undefined ? inTime : AbortSignal.any([signal, inTime]);
  const request = httpsRequest(url, {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    agent,
    signal: late,
  });
  request.end(body);
  // A server that changes the protocol (101) ends the request without a word: then it is the signal that ends the wait.
  const [response]: IncomingMessage[] = await once(request, 'response', { signal: late });
  if (response === undefined) throw new Error('no response');
  return { status: response.statusCode ?? 0, headers: response.headers, body: await bodyOf(response) };
};
