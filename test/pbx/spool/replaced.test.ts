import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKeeper } from '../../../pbx/src/spool/keeper.ts';
import { listSpool } from '../../../pbx/src/spool/operator.ts';
import { openSpool } from '../../../pbx/src/spool/spool.ts';
import { keepLog, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
let rescued: string;
beforeEach(() => {
  place = scratch();
  rescued = `${place.file}.rescued`;
});
afterEach(() => place.remove());

type Spool = Awaited<ReturnType<typeof openSpool>>;
const open = (log = keepLog().log) => openSpool({ file: place.file, log, onBroken: () => {} });
const request = { token: 'secret-token', platform: 'fcm' } as const;
const add = (spool: Spool, extension: string) => spool.add('register', { ...request, extension });
const heldIn = (file: string) => listSpool(file, 100_000).pending.map(({ extension }) => extension);
const names = () => readdirSync(dirname(place.file)).toSorted();

it('back, and looked for by nobody yet, it acknowledges nothing: what is saved beside has all', () => {
  mkdirSync(dirname(place.file));
  const keeper = createKeeper(place.file, () => {});
  const tryToAdd = (extension: string) => {
    const store = keeper.store();
    store?.transaction(() => store.add({ operation: 'register', request: { ...request, extension } }));
  };
  const replace = () => {
    renameSync(place.file, `${place.file}.away`);
    writeFileSync(place.file, 'somebody’s');
  };
  tryToAdd('101');
  replace();
  keeper.look();
  renameSync(`${place.file}.away`, place.file);
  expect(() => tryToAdd('102')).toThrow(expect.objectContaining({ code: 'replaced' }));
  replace();
  keeper.look();
  expect(heldIn(rescued)).toEqual(['101']);
  renameSync(`${place.file}.away`, place.file);
  keeper.look();
  tryToAdd('103');
  replace();
  keeper.close();
  expect(heldIn(rescued)).toEqual(['101', '103']);
});

it('replaced, and what is saved beside deleted, it is saved once more', async () => {
  const spool = await open();
  await add(spool, '101');
  rmSync(place.file);
  writeFileSync(place.file, 'somebody’s');
  await spool.ping();
  rmSync(rescued);
  await spool.close();
  expect(heldIn(rescued)).toEqual(['101']);
});

it('deprived of its log, it leaves nothing beside once that is taken in', async () => {
  const spool = await open();
  await add(spool, '101');
  rmSync(`${place.file}-wal`);
  await spool.ping();
  expect(names()).toEqual(['spool.db', 'spool.db-shm', 'spool.db-wal']);
  await spool.close();
});

it('of all that others have left beside is told, when that makes way and at each start', async () => {
  const told: string[] = [];
  for (const extension of ['101', '102', '103']) {
    const { log, of } = keepLog();
    const spool = await open(log);
    await add(spool, extension);
    rmSync(place.file);
    writeFileSync(place.file, '');
    await spool.close();
    told.push(String(of('internal_error').at(-1)?.['reason']));
  }
  const left = names().filter((name) => name.includes('.rescued'));
  expect(left).toHaveLength(3);
  for (const name of left) expect(told.at(-1)).toContain(join(dirname(place.file), name));

  writeFileSync(`${rescued}.1.new`, 'half');
  const { log, of } = keepLog();
  await (await open(log)).close();
  const reasons = of('internal_error').map(({ reason }) => String(reason));
  for (const name of left) {
    expect(reasons).toContainEqual(expect.stringContaining(`is in ${join(dirname(place.file), name)} (`));
  }
  expect(reasons).toContainEqual(`${rescued}.1.new was to be what a spool held, and was never written whole`);
  expect(reasons).toHaveLength(4);
});
