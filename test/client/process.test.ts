import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { call, gateway, key, ok, startServer } from './support.ts';

const library = new URL('../../client/src/index.ts', import.meta.url).href;

/** A program of its own, as a Lambda or a script of a PBX is. `client` and `call` are there, and `line()` waits for input. */
const run = (url: string, program: string) => {
  const source = `
    import { once } from 'node:events';
    import { createClient } from ${JSON.stringify(library)};
    const client = createClient({ url: ${JSON.stringify(url)}, key: ${JSON.stringify(key)}, attemptTimeoutMs: 2_000 });
    const call = ${JSON.stringify(call)};
    const line = () => { process.stdin.ref(); return once(process.stdin, 'data').then(() => process.stdin.unref()); };
    const tell = (value) => console.log(JSON.stringify(value));
    const code = (error) => error.code;
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const errors: string[] = [];
  child.stderr.on('data', (text) => errors.push(String(text)));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    said: async () => JSON.parse((await lines.next()).value ?? `"nothing, but ${errors.join('')}"`),
    ended: () => ended(child),
  };
};

const ended = async (child: ChildProcess): Promise<unknown> =>
  child.exitCode ?? (await once(child, 'exit').then(([code]) => code));

describe('a program', () => {
  it('ends by itself after its last answer, though the server keeps the connection and close() was not called', async () => {
    const server = await startServer(ok);
    const { said, ended } = run(server.url, `tell(await client.pushCall(call));`);
    expect(await said()).toMatchObject({ devices: 1 });
    expect(await ended()).toBe(0);
  });

  it.each([
    ['was refused', gateway(403), '', 'gateway-403'],
    ['came to its deadline', 'never' as const, 'deadlineMs: 200', 'deadline'],
    ['was aborted', 'never' as const, 'signal: AbortSignal.timeout(200)', 'aborted'],
    [
      'was aborted in a pause',
      gateway(429, { 'retry-after': '8' }),
      'signal: AbortSignal.timeout(200)',
      'aborted',
    ],
  ])('ends by itself after a request that %s', async (_, reply, options, expected) => {
    const server = await startServer(reply);
    const { said, ended } = run(server.url, `tell(await client.devices('1', { ${options} }).catch(code));`);
    expect(await said()).toBe(expected);
    expect(await ended()).toBe(0);
  });

  it('frozen between two requests, as Lambda freezes it, while its connection is reset: the second goes through', async () => {
    const server = await startServer(ok);
    const { child, said, ended } = run(
      server.url,
      `tell(await client.pushCall(call)); await line(); tell(await client.pushCall(call));`,
    );
    expect(await said()).toMatchObject({ devices: 1 });
    child.kill('SIGSTOP');
    server.requests[0]?.socket.resetAndDestroy();
    child.stdin.write('go on\n');
    child.kill('SIGCONT');
    expect(await said()).toMatchObject({ devices: 1 });
    expect(await ended()).toBe(0);
    expect(server.requests).toHaveLength(2);
    expect(server.connectionCount()).toBe(2);
  });

  it('frozen between two requests, with its connection alive: uses it again', async () => {
    const server = await startServer(ok);
    const { child, said, ended } = run(
      server.url,
      `tell(await client.pushCall(call)); await line(); tell(await client.pushCall(call));`,
    );
    await said();
    child.kill('SIGSTOP');
    child.stdin.write('go on\n');
    child.kill('SIGCONT');
    await said();
    expect(await ended()).toBe(0);
    expect(server.connectionCount()).toBe(1);
  });
});
