import { once } from 'node:events';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { LogEvent } from '../../../pbx/src/log/log.ts';
import type { CallAnswer, Operations, Status } from '../../../pbx/src/operations.ts';
import { createServer } from '../../../pbx/src/server/server.ts';
import type { Settings } from '../../../pbx/src/settings/settings.ts';
import { uuid } from '../calls/support.ts';
import { settingsOf } from '../support/settings.ts';

export const callAnswer: CallAnswer = { devices: 2, accepted: 1, outcome: 'sent', uuid, phones: [] };
export const messageAnswer = { devices: 3, accepted: 3, outcome: 'sent', phones: [] } as const;

export const status: Status = {
  version: '0.1.0',
  pid: 4711,
  uptimeSeconds: 12.5,
  spool: { depth: 2, oldestSeconds: 7.5, keptAside: 1 },
  callsInProgress: 3,
  proxy: { url: 'https://push2.example.com', breaker: 'closed', lastSuccessAt: '2026-11-01T12:00:00.000Z' },
};

/** Operations that do nothing but note what they were asked for. */
const noteOperations = (asked: [string, unknown?][]): Operations => {
  const note =
    <Answer>(name: string, answer: Answer) =>
    async (given?: unknown): Promise<Answer> => {
      asked.push(given === undefined ? [name] : [name, given]);
      return answer;
    };
  return {
    register: note('register', 7),
    update: note('update', 8),
    delete: note('delete', 9),
    pushCall: note('pushCall', callAnswer),
    pushCancel: note('pushCancel', { calls: 1, accepted: 4 }),
    pushMessage: note('pushMessage', messageAnswer),
    registered: note('registered', 5),
    status: note('status', status),
    metrics: note('metrics', '# HELP pns_calls Calls\npns_calls 1\n'),
    stop: note('stop', undefined),
    reload: note('reload', undefined),
  };
};

export type Answer = { status: number; text: string; headers: IncomingMessage['headers'] };
type Question = RequestOptions & { body?: string };

/** A server on a free port, and its operations: those given, and else ones that note what they are asked for. */
export const startServer = async (
  given: { operations?: Partial<Operations>; settings?: Partial<Settings>; host?: string } = {},
) => {
  const asked: [string, unknown?][] = [];
  const lines: ({ event: LogEvent; level: string } & Record<string, unknown>)[] = [];
  const server = createServer({
    operations: { ...noteOperations(asked), ...given.operations },
    log: (level, event, fields) => lines.push({ ...fields, level, event }),
    settings: () => settingsOf(given.settings),
  });
  const { port } = await server.listen({ host: given.host ?? '127.0.0.1', port: 0 });

  const send = async (path: string, { body, ...options }: Question = {}): Promise<Answer> => {
    const sent = request({ host: '127.0.0.1', port, path, agent: false, ...options }).end(body);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, text: await text(response), headers: response.headers };
  };
  const post =
    (type: string) =>
    (path: string, body: string, headers: Record<string, string> = {}) =>
      send(path, { method: 'POST', body, headers: { 'content-type': type, ...headers } });

  return {
    server,
    port,
    asked,
    lines,
    send,
    get: send,
    form: post('application/x-www-form-urlencoded'),
    json: post('application/json'),
    multipart: post('multipart/form-data; boundary=boundary-of-a-form'),
    /** Sends bytes as they are, and gives all that comes back until the connection ends. */
    raw: async (bytes: string): Promise<string> => {
      const socket = connect(port, '127.0.0.1');
      socket.write(bytes);
      return text(socket);
    },
  };
};
export type Started = Awaited<ReturnType<typeof startServer>>;

export const multipartOf = (fields: Record<string, string>): string =>
  `${Object.entries(fields)
    .map(
      ([name, value]) =>
        `--boundary-of-a-form\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    .join('')}--boundary-of-a-form--\r\n`;
