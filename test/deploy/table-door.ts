import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback.ts';

/** DynamoDB's own words for a refusal: the name of an error, and its status. */
export type TableRefusal = { status: number; name: string };

/** Those of the connection, and what is counted anew. */
const own = new Set(['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'date']);

/**
 * Stands between the functions and the table, on a free port of 127.0.0.1.
 *
 * @param target MiniStack
 */
export const startTableDoor = async (target: string) => {
  const refused = new Map<string, TableRefusal>();
  const held = new Map<string, () => Promise<unknown>>();

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const [, action = ''] = String(incoming.headers['x-amz-target']).split('.');
    const meanwhile = held.get(action);
    held.delete(action);
    await meanwhile?.();
    const refusal = refused.get(action);
    if (refusal !== undefined) {
      const { status, name } = refusal;
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name }));
      return;
    }
    const headers = Object.entries(incoming.headers).filter(([name]) => !own.has(name));
    const passed = headers as [string, string][];
    const answer = await fetch(target, { method: 'POST', headers: passed, body });
    for (const [name, value] of answer.headers) if (!own.has(name)) response.setHeader(name, value);
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  const { port, close } = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}`,
    /** Answers to actions that are not done, by their names. */
    refused,
    /** What happens once, between the asking for an action and its doing. */
    held,
    close,
  };
};
export type TableDoor = Awaited<ReturnType<typeof startTableDoor>>;
