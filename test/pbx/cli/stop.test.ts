import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { stopDaemon } from '../../../pbx/src/cli/stop.ts';

/** A daemon that answers /status, and does at /stop and SIGTERM what it is told to. */
const script = (atStop: string, atTerm: string) => `
  const status = {
    version: '0.1.0', pid: process.pid, uptimeSeconds: 1, spool: { depth: 0, oldestSeconds: 0, keptAside: 0 },
    callsInProgress: 0, proxy: { url: 'https://push.example.com', breaker: 'closed' },
  };
  const stop = (response) => { ${atStop} };
  process.on('SIGTERM', () => { ${atTerm} });
  require('node:http')
    .createServer((request, response) => {
      if (request.url === '/status') response.end(JSON.stringify(status));
      else if (request.url === '/stop' && request.method === 'POST') stop(response);
    })
    .listen(0, '127.0.0.1', function () { process.send(this.address().port); });
`;

const end = 'process.exit(0)';
let child: ChildProcess;
afterEach(() => {
  child.kill('SIGKILL');
});

const start = async (atStop: string, atTerm = '') => {
  child = spawn(process.execPath, ['-e', script(atStop, atTerm)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [port] = await once(child, 'message');
  return { proxyAddress: { host: '127.0.0.1', port }, dataDir: '/nonexistent' };
};

/** @param holder the process that holds the daemon's data */
const stop = async (
  place: Awaited<ReturnType<typeof start>>,
  {
    holder = child.pid,
    patience = 20_000,
  }: { holder?: number | undefined | 'nobody'; patience?: number } = {},
) => {
  const notes: string[] = [];
  const terminal = { out: () => {}, note: (lines: string) => void notes.push(lines) };
  const exitCode = await stopDaemon(place, terminal, {
    holderOf: () => (holder === 'nobody' ? undefined : holder),
    patienceMs: patience,
  });
  return { exitCode, notes };
};
const exited = async () => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
};

test('waits until the process is gone', async () => {
  const place = await start(`response.end('ok'); setTimeout(() => process.exit(7), 300)`);
  expect(await stop(place)).toEqual({ exitCode: 0, notes: [`pns has stopped (pid ${child.pid})`] });
  expect(await exited()).toBe(7);
});

test('stops by signal what takes no request from here', async () => {
  const place = await start(`response.writeHead(403).end('{}')`, end);
  expect(await stop(place)).toMatchObject({ exitCode: 0 });
  expect(await exited()).toBe(0);
});

test('ends what never stops, and says that nothing is lost', async () => {
  const place = await start(`response.end('ok')`);
  const { exitCode, notes } = await stop(place, { patience: 200 });
  expect([exitCode, await exited()]).toEqual([0, 'SIGKILL']);
  expect(notes).toEqual([
    `pns (pid ${child.pid}) did not stop within 0.2 s and was killed. Nothing that it had acknowledged is lost.`,
  ]);
});

test('ends what is stuck and answers nothing at all', async () => {
  const place = await start(end);
  child.kill('SIGSTOP');
  await stop(place, { patience: 200 });
  expect(await exited()).toBe('SIGKILL');
});

test('signals no process that is not known to hold the data of pns, whatever it says of itself', async () => {
  for (const atStop of [`response.end('ok')`, `response.writeHead(403).end('{}')`]) {
    const place = await start(atStop, end);
    for (const holder of ['nobody', 1] as const) {
      const stopped = stop(place, { holder, patience: 200 });
      await expect(stopped).rejects.toThrow(`process ${child.pid} calls itself pns and does not stop, but`);
    }
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    child.kill('SIGKILL');
  }
});

test('has nothing to do where nothing runs', async () => {
  const place = await start('');
  child.kill('SIGKILL');
  await exited();
  const { exitCode, notes } = await stop(place, { holder: 'nobody' });
  expect(exitCode).toBe(0);
  expect(notes).toEqual([`pns does not run: nothing listens at http://127.0.0.1:${place.proxyAddress.port}`]);
});
