import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PnsProxyError } from '../../client/src/index.ts';
import {
  call,
  clientOf,
  failureOf,
  knownPauses,
  pushed,
  startRawServer,
  startServer,
  twoTriesMs,
} from './support.ts';

describe('an answer that cannot be read is asked for again', () => {
  const cut = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"devices":1';
  const badChunk = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"dev\r\nzz\r\n';
  const html = '<html>Please log in</html>';
  const whole = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

  it.each([
    ['cut off', cut],
    ['a broken chunk', badChunk],
    ['no JSON', whole(html)],
    ['nothing', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a header without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`],
    ['JSON of something else', whole('{"ok":true}')],
    ['half of what it should hold', whole('{"devices":1,"accepted":1}')],
    ['a list', whole('[1]')],
    ['a phone that is none', whole('{"devices":1,"accepted":1,"phones":[null]}')],
    ['a phone without a platform', whole('{"devices":1,"accepted":1,"phones":[{"accepted":true}]}')],
    ['fewer phones than none', whole('{"devices":-1,"accepted":1,"phones":[]}')],
  ])('%s', async (_, answer) => {
    const broken = await startRawServer((socket) => socket.once('data', () => socket.end(answer)));
    knownPauses();
    const error = await failureOf(clientOf(broken.url, { deadlineMs: twoTriesMs }).pushCall(call));
    expect(error).toMatchObject({ code: 'invalid-answer', retryable: true, unknown: true, attempts: 2 });
    expect(broken.connectionCount()).toBe(2);

    const body = JSON.stringify(pushed);
    const mended = await startRawServer((socket, connection) =>
      socket.once('data', () => socket.end(connection === 1 ? answer : whole(body))),
    );
    expect(await clientOf(mended.url).pushCall(call)).toEqual(pushed);
    expect(mended.connectionCount()).toBe(2);
  });

  it('but not one of more than 1 MiB, which is not even read to its end', async () => {
    let written = 0;
    const endless = await startRawServer((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const pour = () => {
          while (!socket.destroyed && socket.write('x'.repeat(65_536))) written += 65_536;
        };
        socket.on('drain', pour);
        pour();
      }),
    );
    const error = await failureOf(clientOf(endless.url).pushCall(call));
    expect(error).toMatchObject({ code: 'invalid-answer', status: 200, retryable: false, unknown: true });
    expect(error.attempts).toBe(1);
    expect(written).toBeLessThan(20 * 1_048_576);
  });

  it('an answer of exactly 1 MiB is read', async () => {
    const body = JSON.stringify({ ...pushed, padding: 'x' });
    const padded = body.replace('"x"', `"${'x'.repeat(1_048_576 - body.length + 1)}"`);
    expect(padded).toHaveLength(1_048_576);
    const server = await startServer({ status: 200, body: padded });
    expect(await clientOf(server.url).pushCall(call)).toMatchObject({ devices: 1 });
  });
});

describe('whatever answers', () => {
  it('there is a result or a PnsProxyError', async () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'HTTP/1.1 ',
        '200',
        '500',
        ' OK',
        '\r\n',
        '\r\n\r\n',
        'content-length: 5',
        '{',
        '}',
        '[]',
      ),
      fc.constantFrom('transfer-encoding: chunked', 'retry-after: 1', '"code":"x"', '"retryable":1', '\0'),
    );
    let answer = '';
    const server = await startRawServer((socket) => socket.once('data', () => socket.end(answer)));
    const client = clientOf(server.url, { deadlineMs: 15 });
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), async (parts) => {
        answer = parts.join('');
        const outcome = await client.pushCall(call).catch((error: unknown) => error);
        expect(outcome).toBeInstanceOf(PnsProxyError);
      }),
      { numRuns: 60 },
    );
  });
});
