import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../pbx/src/spool/database.ts';
import { listSpool } from '../../../pbx/src/spool/operator.ts';
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

it('once closed it takes nothing more, and says so', async () => {
  const spool = await open();
  const last = spool.add('register', request);
  await spool.close();
  expect(await last).toBe(1);
  await expect(spool.add('register', request)).rejects.toMatchObject({ code: 'closed' });
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
