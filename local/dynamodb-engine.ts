import type { IncomingHttpHeaders, Server } from 'node:http';
import { Readable } from 'node:stream';
import type { AttributeValue } from 'aws-lambda';
import dynalite from 'dynalite';

/** An item, or its key, in DynamoDB's attribute-value JSON. */
export type Item = Record<string, AttributeValue>;

export type Message = { method: string; url: string; headers: IncomingHttpHeaders; body: Buffer };

export type Answer = { status: number; headers: Record<string, string>; body: string };

/** `CreationDateTime` in epoch seconds. */
export type TableDescription = { TableStatus: string; TableArn: string; CreationDateTime: number };

/** What the stand-in reads of DynamoDB's answers. */
type Result = {
  Attributes?: Item;
  Item?: Item;
  Items?: Item[];
  LastEvaluatedKey?: Item;
  Table?: TableDescription;
};

export type Engine = {
  /** Has no listener and listens nowhere: the caller's to use. Closing it once it listens closes the store. */
  server: Server;
  /** One request of the wire protocol, as somebody sent it. */
  ask(message: Message): Promise<Answer>;
  /** One request of the stand-in's own. Gives nothing where it was refused. */
  call(operation: string, input: object): Promise<Result | undefined>;
};

/** Of the body, which may be changed on its way: left for the HTTP server to compute. */
const bodyHeaders = new Set(['content-length', 'x-amz-crc32', 'transfer-encoding']);

/**
 * dynalite, asked in process: its own listener answers a message that is already read. So every request can
 * be looked at on its way, and a caller who hangs up does not reach dynalite, which would throw.
 */
export const startEngine = (dir: string | undefined): Engine => {
  const server = dynalite({ createTableMs: 0, ...(dir === undefined ? {} : { path: dir }) });
  const [listener] = server.listeners('request');
  if (listener === undefined) throw new Error('dynalite has no request listener');
  server.removeAllListeners('request');

  const ask = ({ method, url, headers, body }: Message) =>
    new Promise<Answer>((resolve) => {
      const answered: Record<string, string> = {};
      const response = {
        statusCode: 200,
        setHeader(name: string, value: string | number) {
          if (!bodyHeaders.has(name.toLowerCase())) answered[name] = String(value);
        },
        end(text = '') {
          resolve({ status: response.statusCode, headers: answered, body: text });
        },
      };
      const request = Object.assign(Readable.from(body.length > 0 ? [body] : []), { method, url, headers });
      Reflect.apply(listener, server, [request, response]);
    });

  const call = async (operation: string, input: object): Promise<Result | undefined> => {
    const answer = await ask({
      method: 'POST',
      url: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        'x-amz-date': '20260101T000000Z',
        authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=local, Signature=local',
      },
      body: Buffer.from(JSON.stringify(input)),
    });
    return answer.status === 200 ? JSON.parse(answer.body) : undefined;
  };

  return { server, ask, call };
};
