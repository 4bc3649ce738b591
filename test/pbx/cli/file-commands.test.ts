import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatLine } from '../../../pbx/src/log/line-format.ts';
import { openStore } from '../../../pbx/src/spool/store.ts';
import { createPlace, script } from './pns-command.ts';
import { at, type Line, pushed, registered, uuid } from './why-lines.ts';

let place: ReturnType<typeof createPlace>;
beforeEach(() => {
  place = createPlace();
});
afterEach(() => place.remove());

const logOf = (lines: readonly Line[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const call = [pushed(), registered(2.3, { deviceId: '6D92078A' })];

describe('pns why', () => {
  test('reads the log file', async () => {
    writeFileSync(place.logFile, logOf(call));
    const { exitCode, stdout, stderr } = await place.pns('why', uuid);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Call 0b6f1f0e\S+ to 101, Call-ID c1@pbx\n {2}2026-11-22T12:00:00.000Z {2}asked/);
    expect(stdout).toContain('apns-voip 6D92078A: woke: registered 2.2 s after it was pushed\n');
  });

  test('reads what logrotate has made of it, in either format', async () => {
    const line = formatLine(JSON.stringify(call[0]), 'text');
    expect(line).not.toMatch(/^\{/);
    writeFileSync(`${place.logFile}.1.gz`, gzipSync(line));
    utimesSync(`${place.logFile}.1.gz`, 1, 1);
    writeFileSync(place.logFile, logOf([registered(2.3, { deviceId: '6D92078A' })]));
    const { stdout } = await place.pns('why', uuid);
    expect(stdout).toContain('apns-voip 6D92078A: woke: registered 2.2 s after it was pushed\n');
  });

  test('reads standard input where the log goes to standard output', async () => {
    place.configure({ LOG_FILE: '-' });
    const { exitCode, stdout } = await place.pnsReading(logOf(call), 'why', '101', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      calls: [
        {
          to: '101',
          uuid,
          timeline: [{ at: at(0) }, { at: at(0.12) }, { at: at(2.3) }],
          phones: [
            { phone: '6D92078A', state: 'registered' },
            { phone: '9f86d081', state: 'silent' },
          ],
        },
      ],
      earlier: 0,
    });
  });

  test('says where it looked, and since when the log goes back', async () => {
    writeFileSync(place.logFile, logOf(call));
    const { exitCode, stdout, stderr } = await place.pns('why', '102');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^pns: .*\n$/);
    expect(stderr).toContain(place.logFile);
    expect(stderr).toContain('begins 2026-11-22T12:00:00.120Z');
    place.configure({ LOG_LEVEL: 'warn' });
    expect((await place.pns('why', '102')).stderr).toContain('With LOG_LEVEL = warn');
  });

  test('names a log that is not there', async () => {
    const none = await place.pns('why', '101');
    expect(none).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `pns: there is nothing in ${place.logFile}: it tells of no call\n`,
    });
  });

  test('ends quietly where its reader has left', async () => {
    const many = Array.from({ length: 2_000 }, (_, n) => pushed({ uuid: `${uuid}-${n}` }));
    writeFileSync(place.logFile, logOf(many));
    const child = spawn(process.execPath, [script, '--config', place.config, 'why', '101', '--last', '2000']);
    child.stdout.once('data', () => child.stdout.destroy());
    const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect([exitCode, stderr]).toEqual([0, '']);
  });
});

describe('pns import and pns spool', () => {
  const token = createHash('sha256').update('a phone').digest('hex');
  const fingerprint = createHash('sha256').update(token).digest('hex').slice(0, 8);
  const table = () => {
    const file = join(place.dir, 'old.csv');
    writeFileSync(file, `extension,token\n101,${token}\n102,fcm-token:APA91b\n`);
    return file;
  };

  test('what is imported waits in the spool, and is listed without its token', async () => {
    expect(await place.pns('import', table())).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: '2 registrations in the spool: the daemon brings them to the proxy\n',
    });
    const { exitCode, stdout, stderr } = await place.pns('spool');
    expect([exitCode, stderr]).toEqual([0, '']);
    const [head, first] = stdout.split('\n');
    expect(head).toMatch(/^ID +STATE +OPERATION +EXTENSION +PHONE +TAKEN +TRIES +FAILED +CODE +DETAIL$/);
    expect(first).toMatch(new RegExp(`^1 +to be sent +register +101 +${fingerprint} +\\S+Z +0 +- +- +-$`));
    expect(stdout).not.toContain(token);

    const programs = JSON.parse((await place.pns('spool', 'list', '--json')).stdout);
    expect(programs).toMatchObject({
      pending: [{ id: 1, extension: '101', fingerprint }, { id: 2 }],
      keptAside: [],
    });
    expect(programs.pending[0].at).toMatch(/^\d{4}-.*Z$/);
  });

  test('a table is imported from standard input, too', async () => {
    const { stderr } = await place.pnsReading(`{"extension":"101","token":"${token}"}\n`, 'import', '-');
    expect(stderr).toContain('1 registration in the spool');
  });

  test('wrong lines are named, and nothing is imported', async () => {
    const file = join(place.dir, 'wrong.csv');
    writeFileSync(file, `extension,token\n101,${token}\n1 0 2,${token}\n103,two words\n`);
    const { exitCode, stdout, stderr } = await place.pns('import', file);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^pns: nothing is imported.*\npns: line 3: .*\npns: line 4: .*\n$/);
    expect(stderr).not.toContain(token);
    expect((await place.pns('spool')).stderr).toBe('the spool is empty: all has reached the proxy\n');
  });

  test('only what is kept aside can be sent again', async () => {
    await place.pns('import', table());
    expect(await place.pns('spool', 'retry', '1')).toMatchObject({
      exitCode: 1,
      stderr: 'pns: no request 1 is kept aside: pns spool lists what there is\n',
    });
    expect(await place.pns('spool', 'retry', '--all')).toMatchObject({
      exitCode: 0,
      stderr: 'nothing is kept aside\n',
    });
  });

  test('what is kept aside is listed with its reason, sent again, or dropped', async () => {
    const store = openStore(join(place.dataDir, 'spool.db'));
    store.transaction(() => {
      for (const extension of ['101', '102']) {
        const { id } = store.add({ operation: 'register', request: { extension, token, platform: 'fcm' } });
        store.keepAside(id, { code: 'unknown-app', detail: 'answered 400, unknown-app' });
      }
    });
    store.close();

    const { stdout, stderr } = await place.pns('spool');
    expect(stdout).toMatch(/^2 +kept aside +register +102 .* unknown-app +answered 400, unknown-app$/m);
    expect(stderr).toMatch(/^unknown-app: .*\nWhat is kept aside: .*\n$/);
    expect((await place.pns('spool', 'retry', '2')).stderr).toMatch(/^1 request to be sent again/);
    expect((await place.pns('spool')).stdout).toMatch(/^2 +to be sent again /m);
    expect(await place.pns('spool', 'drop', '2')).toMatchObject({
      exitCode: 0,
      stderr: 'request 2 is given up\n',
    });
    expect(JSON.parse((await place.pns('spool', '--json')).stdout)).toEqual({ pending: [], keptAside: [] });
  });

  test('what is still to be sent can be dropped, too; what is not there is named', async () => {
    await place.pns('import', table());
    expect(await place.pns('spool', 'drop', '1')).toMatchObject({
      exitCode: 0,
      stderr: 'request 1 is given up\n',
    });
    expect(await place.pns('spool', 'drop', '1')).toMatchObject({
      exitCode: 1,
      stderr: 'pns: there is no request 1: pns spool lists what there is\n',
    });
  });

  test('a spool that has taken a request before takes no table, unless it is forced to', async () => {
    await place.pns('import', table());
    for (const id of ['1', '2']) await place.pns('spool', 'drop', id);
    const refused = await place.pns('import', table());
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(
      /^pns: nothing is imported: the spool .* has taken requests before.*--force\n$/,
    );
    expect((await place.pns('spool')).stderr).toBe('the spool is empty: all has reached the proxy\n');
    expect(await place.pns('import', '--force', table())).toMatchObject({ exitCode: 0 });
  });

  test('a file that is not there is named', async () => {
    const { exitCode, stderr } = await place.pns('import', join(place.dir, 'none.csv'));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^pns: ENOENT: .*none\.csv'\n$/);
  });
});
