import type { Agent, ClientRequest, IncomingHttpHeaders } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

type Sending = {
  url: URL;
  method: string;
  key: string;
  /** Beside the client's own. */
  headers: Readonly<Record<string, string>>;
  agent: Agent;
  /** Asked when the connection stands; undefined gives the attempt up as `expired`. */
  body(): string | undefined;
  timeoutMs: number;
  signal: AbortSignal | undefined;
};

export type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

/** An attempt without an answer that can be read. */
export type Lost = {
  code: 'network' | 'timeout' | 'aborted' | 'expired' | 'invalid-answer' | 'too-long';
  /** Whether anything of the request may have reached the server. */
  sent: boolean;
  /** Whether the connection was kept from an earlier request. */
  reused: boolean;
  /** Of an answer that broke off. */
  status?: number | undefined;
  headers?: IncomingHttpHeaders | undefined;
  error?: Error | undefined;
};

/** No answer of the endpoint comes near it: an extension holds a few registrations. */
const longestAnswer = 1024 * 1024;

/**
 * One attempt. Never rejects, and leaves no timer, listener or half-read answer behind.
 *
 * Nothing is written before the connection stands: so it is known what was never sent, and the body is of the moment at
 * which it goes out.
 */
export const send = ({
  url,
  method,
  key,
  headers,
  agent,
  body,
  timeoutMs,
  signal,
}: Sending): Promise<Answer | Lost> =>
  new Promise((resolve) => {
    let request: ClientRequest | undefined;
    let sent = false;
    let answered: { status: number; headers: IncomingHttpHeaders } | undefined;

    const settle = (outcome: Answer | Lost) => {
      clearTimeout(timer);
      clearImmediate(lastLook);
      signal?.removeEventListener('abort', abort);
      resolve(outcome);
    };
    const lose = (code: Lost['code'], error?: Error) => {
      settle({ code, sent, reused: request?.reusedSocket ?? false, ...answered, error });
      request?.destroy();
    };
    const fail = (error: NodeJS.ErrnoException) =>
      lose(answered || String(error.code).startsWith('HPE_') ? 'invalid-answer' : 'network', error);
    const abort = () => lose('aborted');
    let lastLook: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      // After a stop of the process, timers come before what has arrived meanwhile: that may be the answer.
      lastLook = setImmediate(lose, 'timeout');
    }, timeoutMs);
    const lateAt = performance.now() + timeoutMs;
    signal?.addEventListener('abort', abort, { once: true });

    try {
      request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
        method,
        agent,
        headers: {
          ...headers,
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          // Firewalls for web applications refuse requests without one.
          'user-agent': 'pns-proxy-client',
        },
      });
    } catch (error) {
      return fail(error as Error);
    }
    const written = request;
    written.on('error', fail);
    written.on('socket', (socket) =>
      onceUp(socket, () => {
        if (written.destroyed) return;
        // Something else may have kept the process from noticing.
        if (performance.now() >= lateAt) return lose('timeout');
        const text = body();
        if (text === undefined) return lose('expired');
        sent = true;
        written.end(text);
      }),
    );
    written.on('response', (response) => {
      const { statusCode: status = 0, headers } = response;
      answered = { status, headers };
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > longestAnswer) return lose('too-long');
        chunks.push(chunk);
      });
      response.on('end', () => settle({ status, headers, text: Buffer.concat(chunks).toString() }));
      response.on('error', fail);
    });
  });

/** A connection that is kept, or comes from an agent that waits for its handshake, is up already. */
const onceUp = (socket: Socket, next: () => void): void => {
  const isTls = socket instanceof TLSSocket;
  const isUp = !socket.connecting && !(isTls && socket.getFinished() === undefined);
  if (isUp) next();
  else socket.once(isTls ? 'secureConnect' : 'connect', next);
};
