import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../pbx/src/spool/database.ts';
import { listSpool, spoolAll } from '../../../pbx/src/spool/operator.ts';
import { openSpool } from '../../../pbx/src/spool/spool.ts';
import { buildChild, startChild } from './built-child.ts';
import { keepLog, register, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

const open = () => openSpool({ file: place.file, log: keepLog().log, onBroken: () => {} });
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const { request } = register('secret-token', '101') as Extract<
  ReturnType<typeof register>,
  { operation: 'register' }
>;

describe('the files', () => {
  it('are for their owner alone, the log of the database too', async () => {
    const spool = await open();
    await spool.add('register', request);
    expect(modeOf(dirname(place.file))).toBe('700');
    const files = readdirSync(dirname(place.file));
    expect(files).toContain('spool.db-wal');
    for (const file of files) expect([file, modeOf(`${dirname(place.file)}/${file}`)]).toEqual([file, '600']);
    await spool.close();
  });

  it('become so where somebody has opened them', async () => {
    await (await open()).close();
    chmodSync(place.file, 0o644);
    await (await open()).close();
    expect(modeOf(place.file)).toBe('600');
  });
});

it('logs what is taken, and no token', async () => {
  const { log, lines } = keepLog();
  const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
  expect(await spool.add('register', request)).toBe(1);
  expect(lines).toEqual([
    {
      level: 'info',
      event: 'spooled',
      operation: 'register',
      extension: '101',
      fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
      entry: 1,
    },
  ]);
  await spool.close();
});

/** How many transactions the write-ahead log holds (sqlite.org/fileformat2.html, "WAL File Format"). */
const commitsIn = (log: Buffer): number => {
  const pageSize = log.readUInt32BE(8);
  const salt = log.subarray(16, 24);
  let commits = 0;
  for (let at = 32; at < log.length; at += 24 + pageSize) {
    const isCurrent = log.subarray(at + 8, at + 16).equals(salt);
    if (isCurrent && log.readUInt32BE(at + 4) > 0) commits += 1;
  }
  return commits;
};

it('many at once share few waits for the disk, and keep their order', async () => {
  const spool = await open();
  const before = commitsIn(readFileSync(`${place.file}-wal`));
  const ids = await Promise.all(
    Array.from({ length: 500 }, (_, n) => spool.add('register', { ...request, extension: `${n}` })),
  );
  expect(ids).toEqual(Array.from({ length: 500 }, (_, n) => n + 1));
  expect(commitsIn(readFileSync(`${place.file}-wal`)) - before).toBeLessThan(50);
  const stored = listSpool(place.file).pending.map(({ extension }) => Number(extension));
  expect(stored).toEqual(ids.map((id) => id - 1));
  await spool.close();
});

it('a wait for the disk holds up nothing else', async () => {
  const spool = await open();
  const other = new DatabaseSync(place.file);
  other.exec('BEGIN IMMEDIATE');
  let isDone = false;
  const adding = spool.add('register', request).then(() => {
    isDone = true;
  });
  let turns = 0;
  const from = performance.now();
  while (performance.now() - from < 200) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  expect(turns).toBeGreaterThan(100);
  expect(isDone).toBe(false);
  other.exec('COMMIT');
  other.close();
  await adding;
  await spool.close();
});

describe('a file that cannot be used', () => {
  const refusedWith = async (code: string, text: string | RegExp) => {
    const before = readFileSync(place.file);
    const error = await open().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'SpoolError', code, message: expect.stringContaining(place.file) });
    expect(error).toHaveProperty('message', expect.stringMatching(text));
    expect(readFileSync(place.file).equals(before)).toBe(true);
  };
  beforeEach(() => {
    mkdirSync(dirname(place.file));
  });

  it('one that is no database', async () => {
    writeFileSync(place.file, 'PRAGMA what? '.repeat(1_000));
    await refusedWith('corrupt', /not a database.*nothing was changed in it/);
  });

  it('one whose inside is damaged', async () => {
    const spool = await open();
    await Promise.all(Array.from({ length: 400 }, () => spool.add('register', request)));
    await spool.close();
    const bytes = readFileSync(place.file);
    for (let page = 2; page < bytes.length / 4096; page += 1)
      bytes.fill(0x5a, page * 4096, page * 4096 + 200);
    writeFileSync(place.file, bytes);
    await refusedWith('corrupt', /nothing was changed in it/);
  });

  it('another program’s database', async () => {
    const other = new DatabaseSync(place.file);
    other.exec('CREATE TABLE entries (id)');
    other.close();
    await refusedWith('foreign', 'no spool of pns');
  });

  it('a spool of a newer pns', async () => {
    await (await open()).close();
    const newer = new DatabaseSync(place.file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await refusedWith('foreign', /newer pns.*version 99.*up to version 1/);
  });

  it('a directory', async () => {
    mkdirSync(place.file);
    await expect(open()).rejects.toMatchObject({
      name: 'SpoolError',
      message: expect.stringContaining(place.file),
    });
  });
});

it('once closed it takes nothing more, and says so', async () => {
  const spool = await open();
  const last = spool.add('register', request);
  await spool.close();
  expect(await last).toBe(1);
  await expect(spool.add('register', request)).rejects.toMatchObject({ code: 'closed' });
});

describe('held by another process', () => {
  const hold = () => {
    const other = new DatabaseSync(place.file);
    other.exec('BEGIN IMMEDIATE');
    return () => other.close();
  };
  const timed = async (work: Promise<unknown>) => {
    const from = performance.now();
    await expect(work).rejects.toMatchObject({ code: 'busy' });
    return performance.now() - from;
  };

  it('what waits fails together, so that ten wait hardly longer than one', async () => {
    const spool = await open();
    const letGo = hold();
    const one = await timed(spool.add('register', request));
    const ten = await Promise.all(Array.from({ length: 10 }, () => timed(spool.add('register', request))));
    expect(Math.max(...ten)).toBeLessThan(3 * one);
    letGo();
    expect(await spool.add('register', request)).toBe(1);
    await spool.close();
  });

  it('it still answers a ping: pns is well, and a restart would mend nothing', async () => {
    const spool = await open();
    const letGo = hold();
    const failed = timed(spool.add('register', request));
    await spool.ping();
    await failed;
    letGo();
    await spool.close();
  });
});

describe('while it runs', () => {
  const stored = () => listSpool(place.file).pending.map(({ extension }) => extension);
  const add = (spool: Awaited<ReturnType<typeof open>>, extension: string) =>
    spool.add('register', { ...request, extension });

  it.each([
    ['deleted', ['', '-wal', '-shm']],
    ['deleted but for what stands beside it', ['']],
    ['deprived of its log', ['-wal']],
    ['deprived of its log and its index', ['-wal', '-shm']],
    ['deprived of its index', ['-shm']],
  ])('%s, it is written anew, with all that it held', async (_, files) => {
    const { log, lines } = keepLog();
    const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
    await add(spool, '101');
    for (const file of files) rmSync(place.file + file);
    expect(await add(spool, '102')).toBe(2);
    await add(spool, '103');
    expect(lines.filter(({ event }) => event === 'internal_error')).toMatchObject([
      { code: 'spool-missing' },
    ]);
    // As if it was killed now: what another process sees is what is there.
    expect(stored()).toEqual(['101', '102', '103']);
    expect(modeOf(place.file)).toBe('600');
    await spool.close();
    expect(stored()).toEqual(['101', '102', '103']);
  });

  it('is not taken for deleted where it was closed and opened again, or others read and write beside it', async () => {
    const { log, of } = keepLog();
    for (let life = 0; life < 3; life += 1) {
      const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
      await spool.ping();
      expect(stored()).toHaveLength(3 * life);
      await add(spool, '101');
      spoolAll(place.file, [register('imported', '102')]);
      expect(stored()).toHaveLength(3 * life + 2);
      await add(spool, '103');
      await spool.close();
    }
    expect(of('internal_error')).toEqual([]);
  });

  it('deleted, it is written anew before it is closed', async () => {
    const spool = await open();
    await add(spool, '101');
    for (const end of ['', '-wal', '-shm']) rmSync(place.file + end);
    await spool.close();
    expect(stored()).toEqual(['101']);
  });

  it('where its folder is gone, says so once, acknowledges nothing, and goes on with what it has', async () => {
    const { log, lines } = keepLog();
    const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
    await add(spool, '101');
    rmSync(dirname(place.file), { recursive: true });
    for (let n = 0; n < 5; n += 1) await expect(add(spool, '102')).rejects.toMatchObject({ code: 'missing' });
    expect(await spool.pendingAfter(0, 10)).toHaveLength(1);
    expect(lines.filter(({ event }) => event === 'internal_error')).toHaveLength(1);
    await spool.close();
  });

  it('where its folder cannot be looked at, goes on with what it has', async () => {
    const spool = await open();
    await add(spool, '101');
    renameSync(dirname(place.file), `${dirname(place.file)}.away`);
    symlinkSync('data', dirname(place.file));
    await expect(add(spool, '102')).rejects.toMatchObject({ code: 'missing' });
    expect(await spool.pendingAfter(0, 10)).toHaveLength(1);
    await spool.close();
  });

  it('replaced, it acknowledges nothing, leaves the other file alone, and goes on once that is gone', async () => {
    const spool = await open();
    await add(spool, '101');
    rmSync(place.file);
    writeFileSync(place.file, 'somebody’s');
    await expect(add(spool, '102')).rejects.toMatchObject({
      code: 'missing',
      message: expect.stringContaining('move it away'),
    });
    expect(readFileSync(place.file, 'utf8')).toBe('somebody’s');
    expect(await spool.pendingAfter(0, 10)).toHaveLength(1);
    rmSync(place.file);
    await add(spool, '103');
    expect(stored()).toEqual(['101', '103']);
    await spool.close();
  });
});

it('every commit is on disk when it is acknowledged: a write-ahead log, and a wait for the disk each time', async () => {
  const database = openDatabase(place.file, { create: true });
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  // 2 is FULL (sqlite.org/pragma.html, synchronous).
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  database.close();
});

it('with no room left on the disk nothing is acknowledged, and it goes on once there is room', async () => {
  const script = await buildChild(place.dir);
  const limited = ['sh', '-c', 'ulimit -S -f 1000; exec "$@"', 'sh'];
  const child = startChild(script, [place.file, '', '0'], limited);
  const isNumber = (line: string) => /^\d+$/.test(line);
  const failures = () => child.lines.slice(1).filter((line) => !isNumber(line));
  const acknowledged = () => child.lines.filter(isNumber).map(Number);
  await child.until(() => failures().length >= 20);
  expect(acknowledged().length).toBeGreaterThan(50);
  expect(new Set(failures().map((text) => text.split(': ')[0]))).toEqual(
    new Set([`cannot write the spool ${place.file}`]),
  );

  const before = acknowledged().length;
  execFileSync('env', ['prlimit', '--pid', String(child.pid), '--fsize=unlimited']);
  await child.until(() => acknowledged().length > before + 50);
  child.kill();
  await child.ended;
  const stored = new Set(listSpool(place.file, 1_000_000).pending.map(({ extension }) => Number(extension)));
  // Of the child's requests these are registers, which bear their number as the extension.
  const registers = acknowledged().filter((n) => n % 10 !== 3 && n % 10 !== 6);
  expect(registers.filter((n) => !stored.has(n))).toEqual([]);
});
