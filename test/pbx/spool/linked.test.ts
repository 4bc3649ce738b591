import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listSpool, spoolAll } from '../../../pbx/src/spool/operator.ts';
import { openSpool } from '../../../pbx/src/spool/spool.ts';
import { keepLog, register, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
let elsewhere: string;
beforeEach(() => {
  place = scratch();
  elsewhere = `${place.dir}/elsewhere`;
  mkdirSync(dirname(place.file));
});
afterEach(() => place.remove());

type Spool = Awaited<ReturnType<typeof openSpool>>;
const open = (log = keepLog().log) => openSpool({ file: place.file, log, onBroken: () => {} });
const add = (spool: Spool, extension: string) =>
  spool.add('register', { token: 'secret-token', platform: 'fcm', extension });
const heldIn = (file: string) => listSpool(file).pending.map(({ extension }) => extension);

it.each(['', ' that is not there yet', ' by way of another link'])(
  'a link to a file on another disk%s is followed',
  async (which) => {
    mkdirSync(elsewhere);
    let target = `${elsewhere}/spool.db`;
    symlinkSync('../elsewhere/spool.db', place.file);
    if (which === '') spoolAll(target, [register('imported', '100')]);
    if (which.includes('another')) {
      symlinkSync('third.db', target);
      target = `${elsewhere}/third.db`;
    }
    const { log, of } = keepLog();
    const spool = await open(log);
    await add(spool, '101');
    spoolAll(place.file, [register('imported', '102')]);
    await add(spool, '103');
    expect(of('internal_error')).toEqual([]);
    // What is deleted is the file, not the link.
    for (const end of ['', '-wal', '-shm']) rmSync(target + end);
    await add(spool, '104');
    expect(of('internal_error')).toMatchObject([{ reason: expect.stringContaining(target) }]);
    await spool.close();
    expect(heldIn(place.file)).toEqual([...(which === '' ? ['100'] : []), '101', '102', '103', '104']);
    expect(readdirSync(dirname(place.file))).toEqual(['spool.db']);
    expect(readlinkSync(place.file)).toBe('../elsewhere/spool.db');
  },
);

it('a link below what is not mounted makes nothing there, and is followed once it is', async () => {
  symlinkSync(`${elsewhere}/spool.db`, place.file);
  const { log, untilCount } = keepLog();
  const spool = await open(log);
  await expect(add(spool, '101')).rejects.toThrow(place.file);
  expect(readdirSync(place.dir)).toEqual(['data']);
  mkdirSync(elsewhere);
  await untilCount('spool_mended', 1);
  await add(spool, '101');
  await spool.close();
  expect(heldIn(`${elsewhere}/spool.db`)).toEqual(['101']);
});

it('a link in a ring is told of', async () => {
  symlinkSync('spool.db', place.file);
  const spool = await open();
  await expect(add(spool, '101')).rejects.toThrow(place.file);
  await spool.close();
});

it('a link to what was rescued keeps that', async () => {
  spoolAll(`${place.file}.rescued`, [register('rescued', '101')]);
  symlinkSync('spool.db.rescued', place.file);
  const { log, of } = keepLog();
  const spool = await open(log);
  await add(spool, '102');
  await spool.close();
  expect(heldIn(`${place.file}.rescued`)).toEqual(['101', '102']);
  expect(of('internal_error')).toEqual([]);
});

it('moved while pns runs, with a link in its place, it acknowledges nothing: its log is not where others look for it', async () => {
  const spool = await open();
  await add(spool, '101');
  mkdirSync(elsewhere);
  renameSync(place.file, `${elsewhere}/spool.db`);
  symlinkSync(`${elsewhere}/spool.db`, place.file);
  await expect(add(spool, '102')).rejects.toMatchObject({ code: 'replaced' });
  await spool.close();
  expect(heldIn(`${place.file}.rescued`)).toEqual(['101']);
  const { log, of } = keepLog();
  await (await open(log)).close();
  expect(of('internal_error')).toMatchObject([{ reason: expect.stringContaining(`${place.file}.rescued`) }]);
});
