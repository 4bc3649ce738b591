import { readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSpool, spoolAll } from '../../../pbx/src/spool/operator.ts';
import { openSpool } from '../../../pbx/src/spool/spool.ts';
import { keepLog, register, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

const open = () => openSpool({ file: place.file, log: keepLog().log, onBroken: () => {} });
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const request = { extension: '101', token: 'secret-token', platform: 'fcm' } as const;

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
