import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spoolAll } from '../../../pbx/src/spool/operator.ts';
import { addTo, heldIn, keepLog, openSpoolIn, register, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
let elsewhere: string;
beforeEach(() => {
  place = scratch();
  elsewhere = `${place.dir}/elsewhere`;
  mkdirSync(dirname(place.file));
});
afterEach(() => place.remove());

const open = (log = keepLog().log) => openSpoolIn(place.file, log);

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
    await addTo(spool, '101');
    spoolAll(place.file, [register('imported', '102')]);
    await addTo(spool, '103');
    expect(of('internal_error')).toEqual([]);
    // What is deleted is the file, not the link.
    for (const end of ['', '-wal', '-shm']) rmSync(target + end);
    await addTo(spool, '104');
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
  await expect(addTo(spool, '101')).rejects.toThrow(place.file);
  expect(readdirSync(place.dir)).toEqual(['data']);
  mkdirSync(elsewhere);
  await untilCount('spool_mended', 1);
  await addTo(spool, '101');
  await spool.close();
  expect(heldIn(`${elsewhere}/spool.db`)).toEqual(['101']);
});

it('a link in a ring is told of', async () => {
  symlinkSync('spool.db', place.file);
  const spool = await open();
  await expect(addTo(spool, '101')).rejects.toThrow(place.file);
  await spool.close();
});

it('a link to what was rescued keeps that', async () => {
  spoolAll(`${place.file}.rescued`, [register('rescued', '101')]);
  symlinkSync('spool.db.rescued', place.file);
  const { log, of } = keepLog();
  const spool = await open(log);
  await addTo(spool, '102');
  await spool.close();
  expect(heldIn(`${place.file}.rescued`)).toEqual(['101', '102']);
  expect(of('internal_error')).toEqual([]);
});

it('moved while pns runs, with a link in its place, it acknowledges nothing: its log is not where others look for it', async () => {
  const spool = await open();
  await addTo(spool, '101');
  mkdirSync(elsewhere);
  renameSync(place.file, `${elsewhere}/spool.db`);
  symlinkSync(`${elsewhere}/spool.db`, place.file);
  await expect(addTo(spool, '102')).rejects.toMatchObject({ code: 'replaced' });
  await spool.close();
  expect(heldIn(`${place.file}.rescued`)).toEqual(['101']);
  const { log, of } = keepLog();
  await (await open(log)).close();
  expect(of('internal_error')).toMatchObject([{ reason: expect.stringContaining(`${place.file}.rescued`) }]);
});
