import { type Agent, request } from 'node:https';

export type Post = {
  url: string;
  agent: Agent;
  headers: Record<string, string>;
  body: string;
  timeoutMs: number;
};

/** Sends one request. @returns undefined where no whole answer came in time; never rejects */
export const post = ({ url, agent, headers, body, timeoutMs }: Post) =>
  new Promise<{ status: number; body: string } | undefined>((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request(url, { method: 'POST', agent, headers, signal }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('error', () => resolve(undefined));
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: text }));
    });
    outgoing.on('error', () => resolve(undefined));
    outgoing.on('close', () => resolve(undefined));
    outgoing.end(body);
  });
