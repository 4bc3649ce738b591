import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spoolAll } from '../../../pbx/src/spool/operator.ts';
import { openStore } from '../../../pbx/src/spool/store.ts';
import { addTo, heldIn, keepLog, openSpoolIn, register, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
let moved: string;
beforeEach(() => {
  place = scratch();
  moved = `${place.dir}/moved.db`;
  mkdirSync(dirname(place.file));
});
afterEach(() => place.remove());

const open = (log = keepLog().log) => openSpoolIn(place.file, log);
const logsLeft = () =>
  readdirSync(dirname(place.file))
    .filter((name) => name.startsWith('spool.db-wal.'))
    .map((name) => join(dirname(place.file), name));

/** What a pns leaves that was killed: one request is in its file, the other in its log. */
const leaveKilled = (file: string) => {
  const store = openStore(`${place.dir}/killed.db`);
  for (const extension of ['201', '202']) {
    const request = { token: 'secret-token', platform: 'fcm', extension } as const;
    store.transaction(() => store.add({ operation: 'register', request }));
    if (extension === '201') copyFileSync(`${place.dir}/killed.db`, file);
  }
  for (const end of ['', '-wal', '-shm']) copyFileSync(`${place.dir}/killed.db${end}`, file + end);
  store.close();
};
/** Nothing of it is lost: its file and its log make it whole, and pns's own log has named that. */
const expectWhole = (...told: string[]) => {
  const [log = '', ...others] = logsLeft();
  expect(others).toEqual([]);
  expect(told).toContainEqual(expect.stringContaining(log));
  renameSync(log, `${moved}-wal`);
  expect(heldIn(moved)).toEqual(['201', '202']);
};
const reasonsOf = ({ of }: ReturnType<typeof keepLog>) =>
  of('internal_error').map(({ reason }) => String(reason));

describe('another spool that was moved away without its log loses nothing', () => {
  const startWithAnother = async () => {
    const kept = keepLog();
    const spool = await open(kept.log);
    await addTo(spool, '101');
    renameSync(place.file, `${place.file}.away`);
    for (const end of ['-wal', '-shm']) rmSync(place.file + end);
    leaveKilled(place.file);
    await spool.ping();
    expect(spool.fault()).toBe('replaced');
    renameSync(place.file, moved);
    return { ...kept, spool, kept };
  };

  it('while pns runs, whose own is written anew', async () => {
    const { spool, kept } = await startWithAnother();
    await addTo(spool, '102');
    await spool.close();
    expect(heldIn(place.file)).toEqual(['101', '102']);
    expectWhole(...reasonsOf(kept));
  });

  it('while pns runs, whose own is moved back', async () => {
    const { spool, kept } = await startWithAnother();
    renameSync(`${place.file}.away`, place.file);
    await spool.ping();
    await addTo(spool, '102');
    await spool.close();
    expect(heldIn(place.file)).toEqual(['101', '102']);
    expectWhole(...reasonsOf(kept));
  });

  it.each(['a start', 'an import'])('at %s, which takes what was rescued', async (which) => {
    spoolAll(`${place.file}.rescued`, [register('rescued', '101')]);
    leaveKilled(place.file);
    renameSync(place.file, moved);
    if (which === 'an import') spoolAll(place.file, [register('imported', '102')]);
    const kept = keepLog();
    await (await open(kept.log)).close();
    expect(heldIn(place.file)).toEqual(which === 'an import' ? ['101', '102'] : ['101']);
    expectWhole(...reasonsOf(kept));
  });

  it('at a start with an empty one, and of its log is told at each', async () => {
    leaveKilled(place.file);
    renameSync(place.file, moved);
    await (await open()).close();
    const kept = keepLog();
    await (await open(kept.log)).close();
    expect(heldIn(place.file)).toEqual([]);
    expect(reasonsOf(kept)).toHaveLength(1);
    expectWhole(...reasonsOf(kept));
  });

  it('where it could not be opened, and pns goes on with an empty one', async () => {
    leaveKilled(place.file);
    renameSync(place.file, moved);
    mkdirSync(place.file);
    const kept = keepLog();
    const spool = await open(kept.log);
    expect(spool.fault()).toBeDefined();
    rmdirSync(place.file);
    await kept.untilCount('spool_mended', 1);
    await spool.close();
    expectWhole(...reasonsOf(kept));
    expect(spool.fault()).toBeUndefined();
  });
});

it('its own log, and an empty one, are not kept', async () => {
  writeFileSync(`${place.file}-wal`, '');
  const spool = await open();
  await addTo(spool, '101');
  rmSync(place.file);
  await addTo(spool, '102');
  await spool.close();
  expect(heldIn(place.file)).toEqual(['101', '102']);
  expect(logsLeft()).toEqual([]);
  expect(existsSync(`${place.file}.rescued`)).toBe(false);
});
