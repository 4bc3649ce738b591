import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Certificate } from '../../../local/certificate.ts';
import { createCertificate } from '../../../local/certificate.ts';
import { aSubscription } from '../../support/builders.ts';
import { aPush, listenAndCount, openGateway, startPushService, vapidKeys } from './support.ts';

let certificate: Certificate;
beforeAll(async () => {
  certificate = await createCertificate();
});
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Writes again and again, as long as somebody listens. */
const drip = (response: ServerResponse, write: () => void, everyMs = 20) => {
  const timer = setInterval(write, everyMs);
  response.once('close', () => clearInterval(timer));
};

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const stalled: [string, Answer][] = [
  ['never answers', () => undefined],
  ['ends the connection', (response) => response.destroy()],
  [
    'begins an answer and ends the connection',
    (response) => {
      response.writeHead(201, { 'content-length': 10 });
      response.write('x', () => response.destroy());
    },
  ],
  [
    'begins an answer and says no more',
    (response) => {
      response.writeHead(201, { 'content-length': 10 });
      response.write('x');
    },
  ],
  [
    'drips its answer',
    (response) => {
      response.writeHead(201);
      drip(response, () => response.write('x'));
    },
  ],
  [
    'drips its headers',
    (response) => {
      const { socket } = response;
      socket?.write('HTTP/1.1 201 Created\r\n');
      drip(response, () => socket?.write('X: x\r\n'), 100);
    },
  ],
  [
    'sends endless headers',
    (response) => {
      response.socket?.write('HTTP/1.1 201 Created\r\n');
      drip(response, () => response.socket?.write(`X: ${'x'.repeat(4_000)}\r\n`), 1);
    },
  ],
  [
    'sends endless early hints',
    (response) => {
      drip(response, () => response.socket?.write('HTTP/1.1 103 Early Hints\r\nX: x\r\n\r\n'), 1);
    },
  ],
  [
    'changes the protocol',
    (response) => {
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n');
    },
  ],
  [
    'speaks no HTTP',
    (response) => {
      response.socket?.write('220 mail.example.com ESMTP\r\n');
    },
  ],
];

describe('a push service that', () => {
  it.concurrent.each(stalled)('%s is unavailable, and is let go', async (_what, answer) => {
    const service = await startPushService(certificate, answer);
    const { refusal } = openGateway({ standIn: { certificate, port: service.port } });
    const { reason } = await refusal(aSubscription('phone', service.origin));
    await service.close();
    expect(reason).toBe('unavailable');
    expect(service.connections()).toBe(1);
  });

  it('sends an endless answer has been understood, and is let go', async () => {
    const gone = Promise.withResolvers<void>();
    const service = await startPushService(certificate, (response) => {
      response.writeHead(410);
      response.once('close', gone.resolve);
      drip(response, () => response.write('x'.repeat(20_000)), 1);
    });
    ends.push(service.close);
    const { refusal } = openGateway({ standIn: { certificate, port: service.port } });
    expect((await refusal(aSubscription('phone', service.origin))).reason).toBe('token-refused');
    await gone.promise;
  });

  it('does not speak TLS is unavailable', async () => {
    const silent = await listenAndCount(createServer());
    ends.push(silent.close);
    const { refusal } = openGateway({ standIn: { certificate, port: silent.port } });
    const origin = `https://127.0.0.1:${silent.port}`;
    expect((await refusal(aSubscription('phone', origin))).reason).toBe('unavailable');
    expect(silent.connections()).toBe(1);
  });

  it("has another's certificate is unavailable, and gets nothing", async () => {
    const service = await startPushService(certificate, (response) => void response.writeHead(201).end());
    ends.push(service.close);
    const other = await createCertificate();
    const { refusal } = openGateway({ standIn: { certificate: other, port: service.port } });
    expect((await refusal(aSubscription('phone', service.origin))).reason).toBe('unavailable');
    expect(service.received).toEqual([]);
  });

  it('has a name that takes long to look up is unavailable', async () => {
    const { refusal } = openGateway({ resolve: () => new Promise(() => undefined) });
    expect((await refusal(aSubscription('phone'))).reason).toBe('unavailable');
  });
});

describe('whoever has no more time', () => {
  it('lets go in the middle of an answer', async () => {
    const gaveUp = new AbortController();
    const gone = Promise.withResolvers<void>();
    const service = await startPushService(certificate, (response) => {
      response.once('close', gone.resolve);
      response.writeHead(201);
      response.write('x', () => gaveUp.abort());
    });
    ends.push(service.close);
    const { refusal } = openGateway({ standIn: { certificate, port: service.port } });
    const { reason } = await refusal(aSubscription('phone', service.origin), aPush(), gaveUp.signal);
    expect(reason).toBe('unavailable');
    await gone.promise;
  });

  it('does not wait for the secret', async () => {
    const gaveUp = new AbortController();
    const { refusal } = openGateway({
      secret: () => {
        setImmediate(() => gaveUp.abort());
        return new Promise(() => undefined);
      },
    });
    const { reason } = await refusal(aSubscription('phone'), aPush(), gaveUp.signal);
    expect(reason).toBe('unavailable');
  });

  it('connects to nobody', async () => {
    const service = await startPushService(certificate, (response) => void response.writeHead(201).end());
    ends.push(service.close);
    const { refusal } = openGateway({ standIn: { certificate, port: service.port } });
    const { reason } = await refusal(aSubscription('phone', service.origin), aPush(), AbortSignal.abort());
    expect(reason).toBe('unavailable');
    expect(service.connections()).toBe(0);
  });
});

describe('one push service beside another', () => {
  it('gets its pushes while the other hangs', async () => {
    const service = await startPushService(certificate, (response) => void response.writeHead(201).end());
    ends.push(service.close);
    // As many as there are connections to one push service; more are waiting.
    const [connections, phones] = [32, 34];
    let asked = 0;
    const inFlight = Promise.withResolvers<void>();
    const { publish, refusal } = openGateway({
      resolve: () => {
        asked += 1;
        if (asked === connections) inFlight.resolve();
        return new Promise(() => undefined);
      },
      standIn: { certificate, port: service.port },
    });
    await publish(aSubscription('phone', service.origin));
    const finished: string[] = [];
    const hung = Array.from({ length: phones }, (_, phone) =>
      refusal(aSubscription(`hung-${phone}`)).then(({ reason }) => finished.push(reason)),
    );
    await inFlight.promise;
    await publish(aSubscription('other phone', service.origin));
    expect(asked).toBe(connections);
    finished.push('served');
    await Promise.all(hung);
    expect(finished.at(-1)).toBe('unavailable');
    expect(finished).toHaveLength(phones + 1);
  });

  it('is asked while the other is known to be down', async () => {
    const service = await startPushService(certificate, (response) => void response.writeHead(201).end());
    ends.push(service.close);
    const { publish, refusal, pass } = openGateway({ standIn: { certificate, port: service.port } });
    for (let failures = 0; failures < 5; failures += 1) {
      expect((await refusal(aSubscription('phone'))).reason).toBe('unavailable');
      pass(1_000);
    }
    pass(-1_000);
    expect((await refusal(aSubscription('other phone'))).reason).toBe('provider-down');
    await publish(aSubscription('phone', service.origin));
    expect(service.received).toHaveLength(1);
  });

  it('is not down because the secret cannot be read', async () => {
    const service = await startPushService(certificate, (response) => void response.writeHead(201).end());
    ends.push(service.close);
    let readable = false;
    const { publish, refusal, pass } = openGateway({
      secret: async () => {
        if (!readable) throw new Error('no');
        return vapidKeys.secret;
      },
      standIn: { certificate, port: service.port },
    });
    const token = aSubscription('phone', service.origin);
    for (let failures = 0; failures < 6; failures += 1) {
      expect((await refusal(token)).reason).toBe('unavailable');
      pass(1_000);
    }
    readable = true;
    await publish(token);
    expect(service.received).toHaveLength(1);
  });
});

it('an open connection is used again', async () => {
  const service = await startPushService(certificate, (response) => void response.writeHead(201).end());
  ends.push(service.close);
  const { publish } = openGateway({ standIn: { certificate, port: service.port } });
  for (let push = 0; push < 3; push += 1) await publish(aSubscription('phone', service.origin));
  expect(service.connections()).toBe(1);
});
