import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2';

/** undefined: no whole answer came. */
export type AppleAnswer = { status: number; body: string } | undefined;

type Connection = { session: ClientHttp2Session; active: number; settled: boolean };

type Waiting = {
  /** Called when a stream is free, so that what is sent is of that moment; undefined: nothing to send any more. */
  prepare: () => { headers: OutgoingHttpHeaders; body: string } | undefined;
  resolve: (answer: AppleAnswer | 'withdrawn') => void;
};

/**
 * One HTTP/2 connection, made anew when it is lost. Requests wait for a free stream here: the peer may lower
 * their number at any time (Apple does, to 1, after refusals), and a request's time counts from its stream on.
 */
export const createAppleConnection = (options: { url: string; ca: string; requestTimeoutMs: number }) => {
  const waiting: Waiting[] = [];
  const sessions = new Set<ClientHttp2Session>();
  let current: Connection | undefined;
  let closed = false;

  const retire = (connection: Connection): void => {
    if (current === connection) current = undefined;
    if (!connection.session.closed) connection.session.close();
  };

  const open = (): Connection => {
    const session = connect(options.url, { ca: options.ca });
    const connection: Connection = { session, active: 0, settled: false };
    sessions.add(session);
    // Streams report the failure; without a listener it would end the process.
    session.on('error', () => retire(connection));
    session.on('goaway', () => retire(connection));
    session.on('remoteSettings', () => {
      connection.settled = true;
      pump();
    });
    session.on('close', () => {
      sessions.delete(session);
      retire(connection);
      pump();
    });
    return connection;
  };

  const exchange = (connection: Connection, { prepare, resolve }: Waiting): void => {
    const request = prepare();
    if (!request) {
      resolve('withdrawn');
      return;
    }
    const stream = connection.session.request(request.headers);
    connection.active += 1;
    let status = 0;
    let body = '';
    let isWhole = false;
    const timer = setTimeout(() => {
      // A connection that swallowed one request may swallow all: later ones get a new one.
      retire(connection);
      stream.destroy();
      if (connection.session.connecting) connection.session.destroy();
    }, options.requestTimeoutMs);
    stream.setEncoding('utf8');
    stream.on('response', (headers) => {
      status = headers[':status'] ?? 0;
    });
    stream.on('data', (chunk: string) => {
      body += chunk;
    });
    stream.on('end', () => {
      isWhole = status !== 0;
    });
    // How it ended is told by `close`; without a listener it would end the process.
    stream.on('error', () => undefined);
    stream.on('close', () => {
      clearTimeout(timer);
      connection.active -= 1;
      resolve(isWhole && stream.rstCode === constants.NGHTTP2_NO_ERROR ? { status, body } : undefined);
      pump();
    });
    stream.end(request.body);
  };

  // Until the peer has said how many streams it takes, one request goes out and the others wait.
  const hasRoom = ({ session, active, settled }: Connection): boolean =>
    active < (settled ? (session.remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY) : 1);

  const pump = (): void => {
    while (!closed && waiting.length > 0) {
      if (current && (current.session.closed || current.session.destroyed)) current = undefined;
      current ??= open();
      if (!hasRoom(current)) return;
      const next = waiting.shift();
      if (next) exchange(current, next);
    }
  };

  return {
    request: (prepare: Waiting['prepare']): Promise<AppleAnswer | 'withdrawn'> =>
      new Promise((resolve) => {
        if (closed) {
          resolve(undefined);
          return;
        }
        waiting.push({ prepare, resolve });
        pump();
      }),
    close(): void {
      closed = true;
      for (const { resolve } of waiting.splice(0)) resolve(undefined);
      for (const session of sessions) session.destroy();
    },
  };
};
