import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFakeDaemon } from './fake-daemon.ts';
import { createPlace } from './pns-command.ts';

let place: ReturnType<typeof createPlace>;
let daemon: Awaited<ReturnType<typeof startFakeDaemon>>;
let holder: ChildProcess | undefined;
beforeEach(async () => {
  daemon = await startFakeDaemon({ '/status': 'hang' });
  place = createPlace({ PROXY_ADDRESS: daemon.address });
});
afterEach(async () => {
  if (holder?.exitCode === null && holder.signalCode === null) {
    const gone = once(holder, 'exit');
    holder.kill('SIGKILL');
    await gone;
  }
  holder = undefined;
  await daemon.close();
  place.remove();
});

/** A process that holds the data as the daemon does, and does nothing else. */
const hold = async (): Promise<ChildProcess> => {
  const instance = join(import.meta.dirname, '../../../pbx/src/daemon/instance.ts');
  const script = `
    const { claimInstance } = await import(${JSON.stringify(instance)});
    globalThis.instance = claimInstance(${JSON.stringify(place.dataDir)});
    process.send('held');
    setInterval(() => {}, 60_000);`;
  const args = ['--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  holder = child;
  await once(child, 'message');
  return child;
};

test('a daemon that gives no answer is called stuck, with its pid and what to do', async () => {
  const { pid } = await hold();
  for (const args of [['status'], ['reload'], ['status', '--json']]) {
    daemon.answers['/confreload'] = 'hang';
    const { exitCode, stdout, stderr } = await place.pns(...args);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(new RegExp(`^pns: pns is stuck \\(pid ${pid}\\): .*no answer.*\`pns stop\`.*\n$`));
  }
});

test('a daemon that does not listen where the settings say is told from none at all', async () => {
  const { pid } = await hold();
  await daemon.close();
  const { exitCode, stderr } = await place.pns('status');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(new RegExp(`^pns: pns runs \\(pid ${pid}\\), but does not listen at http:.*\n$`));
  daemon = await startFakeDaemon({});
});

test('that pns does not run is said only where one can look', async () => {
  const file = join(place.dir, 'no-folder');
  writeFileSync(file, '');
  place.configure({ DATA_DIR: file });
  const look = async () => {
    for (const command of ['status', 'stop']) {
      const { exitCode, stderr } = await place.pns(command);
      expect([command, exitCode]).toEqual([command, 1]);
      expect(stderr).toMatch(/^pns: .*; whether pns runs this user cannot see in .*: repeat it with sudo\n$/);
    }
  };
  await look();
  await daemon.close();
  await look();
  daemon = await startFakeDaemon({});
});

test('a daemon whose pid was deleted is not taken for gone, and one is told how to find it', async () => {
  const child = await hold();
  rmSync(join(place.dataDir, 'pns.pid'));
  for (const command of ['status', 'stop']) {
    const { exitCode, stderr } = await place.pns(command);
    expect([command, exitCode]).toEqual([command, 1]);
    expect(stderr).toContain(
      `pns is stuck (its pid is not in pns.pid, but \`fuser ${place.dataDir}/pns.lock\``,
    );
  }
  expect(child.exitCode).toBe(null);
});

test('another program that gives no answer is not taken for pns', async () => {
  const { exitCode, stderr } = await place.pns('status');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^pns: .*no answer within 3 s, and no pns runs on .*\n$/);
  const stop = await place.pns('stop');
  expect([stop.exitCode, stop.stderr]).toEqual([1, stderr]);
});

test('pns stop ends one that gives no answer', async () => {
  const child = await hold();
  const gone = once(child, 'exit');
  expect(await place.pns('stop')).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: `pns has stopped (pid ${child.pid})\n`,
  });
  expect(await gone).toEqual([null, 'SIGTERM']);
});
