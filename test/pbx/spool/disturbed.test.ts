import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSpool, spoolAll } from '../../../pbx/src/spool/operator.ts';
import { openSpool } from '../../../pbx/src/spool/spool.ts';
import { openStore } from '../../../pbx/src/spool/store.ts';
import { keepLog, register, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

const open = () => openSpool({ file: place.file, log: keepLog().log, onBroken: () => {} });
const somebodys = 'somebody’s'.repeat(1_000);
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

  it('deleted with its folder, it is written anew, before it is closed too', async () => {
    const spool = await open();
    await add(spool, '101');
    rmSync(dirname(place.file), { recursive: true });
    await add(spool, '102');
    expect(modeOf(dirname(place.file))).toBe('700');
    rmSync(dirname(place.file), { recursive: true });
    await spool.close();
    expect(stored()).toEqual(['101', '102']);
  });

  /** With a link in its place that leads nowhere, so that it cannot be made. */
  const removeFolder = () => {
    rmSync(dirname(place.file), { recursive: true });
    symlinkSync('nowhere/at-all', dirname(place.file));
  };

  it('where its folder cannot be made, says so once, acknowledges nothing, and goes on with what it has', async () => {
    const { log, lines } = keepLog();
    const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
    await add(spool, '101');
    removeFolder();
    for (let n = 0; n < 5; n += 1) await expect(add(spool, '102')).rejects.toMatchObject({ code: 'missing' });
    expect((await spool.pendingAfter(0, 10)).entries).toHaveLength(1);
    expect(lines.filter(({ event }) => event === 'internal_error')).toHaveLength(1);
    await spool.close();
  });

  it('where its folder cannot be looked at, goes on with what it has', async () => {
    const spool = await open();
    await add(spool, '101');
    renameSync(dirname(place.file), `${dirname(place.file)}.away`);
    symlinkSync('data', dirname(place.file));
    await expect(add(spool, '102')).rejects.toMatchObject({ code: 'replaced' });
    expect((await spool.pendingAfter(0, 10)).entries).toHaveLength(1);
    await spool.close();
  });

  it('replaced, it says so once, and once that it is over', async () => {
    const { log, of } = keepLog();
    const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
    await add(spool, '101');
    renameSync(place.file, `${place.file}.away`);
    writeFileSync(place.file, '');
    for (let n = 0; n < 3; n += 1) await spool.ping();
    expect(spool.fault()).toBe('replaced');
    expect(of('internal_error')).toMatchObject([
      { code: 'spool-replaced', reason: expect.stringContaining('move it away') },
    ]);
    renameSync(`${place.file}.away`, place.file);
    await spool.ping();
    expect(spool.fault()).toBeUndefined();
    expect(of('spool_mended')).toHaveLength(1);
    await spool.close();
  });

  it('replaced, it leaves what it holds beside when it is closed, and takes it in once the other file is gone', async () => {
    const { log, of } = keepLog();
    const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
    await add(spool, '101');
    rmSync(place.file);
    writeFileSync(place.file, somebodys);
    await spool.close();
    expect(readFileSync(place.file, 'utf8')).toBe(somebodys);
    expect(modeOf(`${place.file}.rescued`)).toBe('600');
    expect(of('internal_error').at(-1)).toMatchObject({
      code: 'spool-replaced',
      reason: expect.stringContaining(`${place.file}.rescued`),
    });

    const next = keepLog();
    const again = await openSpool({ file: place.file, log: next.log, onBroken: () => {} });
    expect(again.fault()).toBe('corrupt');
    expect(next.of('internal_error')).toMatchObject([
      { code: 'spool-corrupt' },
      {
        code: 'spool-replaced',
        reason: expect.stringContaining(`${place.file}.rescued (only where pns has taken nothing`),
      },
    ]);
    rmSync(place.file);
    await next.untilCount('spool_mended', 1);
    expect(stored()).toEqual(['101']);
    expect(existsSync(`${place.file}.rescued`)).toBe(false);
    await again.close();
  });

  it('replaced, it is safe beside from then on, and not there any more once it is in its place again', async () => {
    const { log, untilCount } = keepLog();
    const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
    await add(spool, '101');
    renameSync(place.file, `${place.file}.away`);
    writeFileSync(place.file, somebodys);
    await spool.ping();
    expect(listSpool(`${place.file}.rescued`).pending.map(({ extension }) => extension)).toEqual(['101']);
    renameSync(`${place.file}.away`, place.file);
    await spool.ping();
    await untilCount('spool_mended', 1);
    expect(existsSync(`${place.file}.rescued`)).toBe(false);
    await spool.close();
  });

  it('replaced, empty, and in its place again, it leaves alone what an earlier one has left beside', async () => {
    mkdirSync(dirname(place.file));
    writeFileSync(`${place.file}.rescued`, somebodys);
    const { log, untilCount } = keepLog();
    writeFileSync(place.file, '');
    const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
    renameSync(place.file, `${place.file}.away`);
    writeFileSync(place.file, somebodys);
    await spool.ping();
    renameSync(`${place.file}.away`, place.file);
    await spool.ping();
    await untilCount('spool_mended', 1);
    expect(readFileSync(`${place.file}.rescued`, 'utf8')).toBe(somebodys);
    await spool.close();
  });

  it('replaced thrice, it leaves what each held', async () => {
    for (const extension of ['101', '102', '103']) {
      const spool = await open();
      await add(spool, extension);
      rmSync(place.file);
      writeFileSync(place.file, '');
      await spool.close();
    }
    const left = readdirSync(dirname(place.file)).filter((name) => /\.rescued(\.\d+)?$/.test(name));
    const held = left.flatMap((name) => listSpool(join(dirname(place.file), name)).pending);
    expect(held.map(({ extension }) => extension).toSorted()).toEqual(['101', '102', '103']);
  });

  it('made anew while pns runs, it gives no number a second time', () => {
    const store = openStore(place.file);
    store.goOnFrom(7);
    expect(store.transaction(() => store.add({ operation: 'register', request })).id).toBe(8);
    store.goOnFrom(3);
    expect(store.highest()).toBe(8);
    store.close();
  });

  it('replaced, and empty itself, it leaves nothing to the other file when it is closed', async () => {
    await (await open()).close();
    const other = readFileSync(place.file);
    const spool = await open();
    rmSync(place.file);
    writeFileSync(place.file, other);
    await spool.close();
    expect(readdirSync(dirname(place.file))).toEqual(['spool.db']);
  });

  it('its folder gone and there again, it is written anew before it is closed', async () => {
    const spool = await open();
    await add(spool, '101');
    removeFolder();
    await expect(add(spool, '102')).rejects.toMatchObject({ code: 'missing' });
    expect(spool.fault()).toBe('missing');
    rmSync(dirname(place.file));
    mkdirSync(dirname(place.file));
    await spool.close();
    expect(stored()).toEqual(['101']);
  });

  it.each([
    ['before its own had gone', ['-wal', '-shm']],
    ['when its own had gone', []],
  ])(
    'killed while it was written anew, %s, it is whole at the next start, or the next import',
    async (_, left) => {
      const spool = await open();
      await add(spool, '101');
      await spool.close();
      renameSync(place.file, `${place.file}.rescued`);
      for (const end of left) writeFileSync(place.file + end, 'of the one that was deleted');
      spoolAll(place.file, [register('imported', '102')]);
      await (await open()).close();
      expect(stored()).toEqual(['101', '102']);
      expect(existsSync(`${place.file}.rescued`)).toBe(false);
    },
  );

  it('killed when that had taken its place, it has one name at the next start', async () => {
    const spool = await open();
    await add(spool, '101');
    await spool.close();
    linkSync(place.file, `${place.file}.rescued`);
    const { log, of } = keepLog();
    await (await openSpool({ file: place.file, log, onBroken: () => {} })).close();
    expect(readdirSync(dirname(place.file))).toEqual(['spool.db']);
    expect(of('internal_error')).toEqual([]);
    expect(stored()).toEqual(['101']);
  });

  it('what was rescued cannot be read: it begins with an empty one, and leaves that for people', async () => {
    mkdirSync(dirname(place.file));
    writeFileSync(`${place.file}.rescued`, 'half');
    const { log, of } = keepLog();
    const spool = await openSpool({ file: place.file, log, onBroken: () => {} });
    expect(await add(spool, '101')).toBe(1);
    expect(of('internal_error')).toMatchObject([
      { code: 'spool-replaced', reason: expect.stringMatching(/cannot be read: .*not a database/) },
    ]);
    await spool.close();
    expect(readFileSync(`${place.file}.rescued`, 'utf8')).toBe('half');
  });

  it('what was rescued is of a newer pns: it says so, and not that it was never written whole', async () => {
    spoolAll(`${place.file}.rescued`, [register('rescued', '101')]);
    const newer = new DatabaseSync(`${place.file}.rescued`);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const { log, of } = keepLog();
    await (await openSpool({ file: place.file, log, onBroken: () => {} })).close();
    expect(of('internal_error')).toMatchObject([
      { code: 'spool-replaced', reason: expect.stringMatching(/cannot be read: .*newer pns/) },
    ]);
  });

  it('replaced, it acknowledges nothing, leaves the other file alone, and goes on once that is gone', async () => {
    const spool = await open();
    await add(spool, '101');
    rmSync(place.file);
    writeFileSync(place.file, 'somebody’s');
    await expect(add(spool, '102')).rejects.toMatchObject({
      code: 'replaced',
      message: expect.stringContaining('move it away'),
    });
    expect(readFileSync(place.file, 'utf8')).toBe('somebody’s');
    expect((await spool.pendingAfter(0, 10)).entries).toHaveLength(1);
    rmSync(place.file);
    await add(spool, '103');
    expect(stored()).toEqual(['101', '103']);
    await spool.close();
  });
});
