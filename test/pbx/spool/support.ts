import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../../pbx/src/log/log.ts';
import type { Send } from '../../../pbx/src/spool/delivery.ts';
import { startDelivery } from '../../../pbx/src/spool/delivery.ts';
import type { Change } from '../../../pbx/src/spool/entry.ts';
import { listSpool } from '../../../pbx/src/spool/operator.ts';
import type { Pace } from '../../../pbx/src/spool/pace.ts';
import { openSpool } from '../../../pbx/src/spool/spool.ts';
import { sendTo } from './send-to.ts';

/** Quick enough to see many pauses pass. */
export const quick: Pace = {
  firstPauseMs: 5,
  longestPauseMs: 40,
  keyPauseMs: 40,
  strayMs: 0,
  lookEveryMs: 20,
};

/** A directory that is gone when the test is. */
export const scratch = () => {
  const dir = mkdtempSync(join(tmpdir(), 'pns-spool-'));
  return {
    dir,
    file: join(dir, 'data', 'spool.db'),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};

type Line = { level: string; event: string } & Record<string, unknown>;

/** Keeps what is logged, and waits for what is to be. */
export const keepLog = () => {
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  const log: Log = (level, event, fields) => {
    lines.push({ ...fields, level, event });
    for (const watcher of [...watchers]) watcher();
  };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  const of = (event: string) => lines.filter((line) => line.event === event);
  return {
    lines,
    log,
    of,
    until,
    untilCount: (event: string, count: number) => until(() => of(event).length >= count),
  };
};

/** A spool and its delivery, as the daemon puts them together. */
export const startSpool = async (file: string, send: Send, pace: Pace = quick) => {
  const kept = keepLog();
  const onBroken = (error: Error) => {
    throw error;
  };
  const spool = await openSpool({ file, log: kept.log, onBroken });
  const delivery = startDelivery({ spool, send, log: kept.log, pace });
  const add = ({ operation, request }: Change) => spool.add(operation, request);
  return {
    ...kept,
    spool,
    delivery,
    add,
    empty: () => kept.until(() => spool.depth() === 0),
    stop: async () => {
      await delivery.stop(1_000);
      await spool.close();
    },
  };
};

type Answer = { status: number; code?: string } | 'reset';
type Received = { route: string; body: Record<string, unknown> };

/** An endpoint that keeps what it has taken, in order, and says yes unless it is told what else to do. */
export const createEndpoint = () => {
  const taken: Received[] = [];
  let answerOf: (received: Received) => Answer | Promise<Answer> = () => ({ status: 200 });
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const received = { route: request.url ?? '', body: JSON.parse(text) };
    const answer = await answerOf(received);
    if (answer === 'reset') return void request.socket.destroy();
    const { status, code } = answer;
    if (status === 200) taken.push(received);
    const body = JSON.stringify(code === undefined ? {} : { code });
    response.writeHead(status, { 'content-length': body.length }).end(body);
  };
  const server = createServer((request, response) => {
    // Who asks may be killed before all is said.
    serve(request, response).catch(() => request.destroy());
  });
  let port = 0;
  return {
    taken,
    answer: (next: typeof answerOf) => {
      answerOf = next;
    },
    url: () => `http://127.0.0.1:${port}`,
    send: ((entry, signal) => sendTo(`http://127.0.0.1:${port}`)(entry, signal)) satisfies Send as Send,
    /** The second time, where it was the first. */
    start: async () => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      port = (server.address() as AddressInfo).port;
    },
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

export const register = (
  token: string,
  extension: string,
  more: { deviceId?: string; line?: number } = {},
): Change => ({
  operation: 'register',
  request: { extension, token, platform: 'fcm', ...more },
});
export const update = (oldToken: string, newToken: string): Change => ({
  operation: 'update',
  request: { oldToken, newToken },
});
export const remove = (request: Extract<Change, { operation: 'delete' }>['request']): Change => ({
  operation: 'delete',
  request,
});

/** What the tests of a spool's files do to it, in a directory of their own. */
export const openSpoolIn = (file: string, log: Log = keepLog().log) =>
  openSpool({ file, log, onBroken: () => {} });
export const addTo = (spool: Awaited<ReturnType<typeof openSpool>>, extension: string) =>
  spool.add('register', { token: 'secret-token', platform: 'fcm', extension });
/** The extensions of what a spool's file holds, in order. */
export const heldIn = (file: string): string[] =>
  listSpool(file, 100_000).pending.map(({ extension }) => extension ?? '');
/** So many that writing them takes a while. */
export const manyRegisters = (count: number): Change[] =>
  Array.from({ length: count }, (_, n) => register(`token-${n}`.padEnd(150, 'x'), `many-${n}`));
