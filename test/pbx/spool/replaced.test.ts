import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeeper } from '../../../pbx/src/spool/keeper.ts';
import { spoolAll } from '../../../pbx/src/spool/operator.ts';
import { addTo, heldIn, keepLog, manyRegisters, openSpoolIn, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
let rescued: string;
beforeEach(() => {
  place = scratch();
  rescued = `${place.file}.rescued`;
});
afterEach(() => place.remove());

const open = (log = keepLog().log) => openSpoolIn(place.file, log);
const request = { token: 'secret-token', platform: 'fcm' } as const;
const names = () => readdirSync(dirname(place.file)).toSorted();
const remove = () => {
  for (const end of ['', '-wal', '-shm']) rmSync(place.file + end, { force: true });
};

describe('while it is being opened', () => {
  /** Resolves when its log is there, long before all is read. */
  const startOpening = async () => {
    spoolAll(place.file, manyRegisters(20_000));
    const opened = open();
    while (!existsSync(`${place.file}-shm`)) await turn();
    return { opened };
  };

  it('deleted, it is written anew', async () => {
    const { opened } = await startOpening();
    remove();
    const spool = await opened;
    await addTo(spool, 'later');
    await spool.close();
    expect(heldIn(place.file)).toHaveLength(20_001);
  });

  it('replaced, it is saved beside, and acknowledges nothing', async () => {
    const { opened } = await startOpening();
    remove();
    writeFileSync(place.file, 'somebody’s');
    const spool = await opened;
    await expect(addTo(spool, 'later')).rejects.toMatchObject({ code: 'replaced' });
    await spool.close();
    expect(heldIn(rescued)).toHaveLength(20_000);
    expect(readFileSync(place.file, 'utf8')).toBe('somebody’s');
  });
});

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

describe('once it is written anew, and before that is open', () => {
  const held = (keeper: ReturnType<typeof createKeeper>) =>
    keeper
      .store()
      ?.pendingAfter(0, 10)
      .entries.map(({ request }) => 'extension' in request && request.extension);
  /** @param then is done in that moment, once */
  const startAnew = (deleted: readonly string[], then: () => void) => {
    let isDone = false;
    const keeper = createKeeper(place.file, ({ message }) => {
      if (isDone || !message.includes('all that it held is in a new file')) return;
      isDone = true;
      then();
    });
    const store = keeper.store();
    store?.transaction(() => store.add({ operation: 'register', request: { ...request, extension: '101' } }));
    for (const end of deleted) rmSync(place.file + end);
    keeper.look();
    expect(isDone).toBe(true);
    return keeper;
  };

  it.each([
    ['all of it', ['', '-wal', '-shm']],
    ['its file', ['']],
    ['its log', ['-wal']],
    ['its log and its index', ['-wal', '-shm']],
  ])('deleted a second time, %s the first time, it has all that it held', (_, deleted) => {
    const keeper = startAnew(deleted, remove);
    expect(held(keeper)).toEqual(['101']);
    expect(names()).toEqual(['spool.db', 'spool.db-shm', 'spool.db-wal']);
    keeper.close();
    expect(heldIn(place.file)).toEqual(['101']);
  });

  it.each([
    ['all of it', ['', '-wal', '-shm']],
    ['its log', ['-wal']],
  ])('replaced, %s deleted before, it leaves all that it held beside', (_, deleted) => {
    const keeper = startAnew(deleted, () => {
      remove();
      writeFileSync(place.file, '');
    });
    expect(held(keeper)).toEqual([]);
    keeper.close();
    expect(heldIn(rescued)).toEqual(['101']);
  });

  it('unusable for a while, it leaves nothing beside in the end', () => {
    const keeper = startAnew(['-wal'], () => {
      renameSync(place.file, `${place.file}.away`);
      mkdirSync(place.file);
    });
    expect(keeper.store()).toBeUndefined();
    rmdirSync(place.file);
    renameSync(`${place.file}.away`, place.file);
    keeper.open();
    expect(held(keeper)).toEqual(['101']);
    expect(names()).toEqual(['spool.db', 'spool.db-shm', 'spool.db-wal']);
    keeper.close();
  });
});

it('replaced, and what is saved beside deleted, it is saved once more', async () => {
  const spool = await open();
  await addTo(spool, '101');
  rmSync(place.file);
  writeFileSync(place.file, 'somebody’s');
  await spool.ping();
  rmSync(rescued);
  await spool.close();
  expect(heldIn(rescued)).toEqual(['101']);
});

it('replaced, it leaves alone what somebody has put in the place of what is saved beside', async () => {
  const spool = await open();
  await addTo(spool, '101');
  renameSync(place.file, `${place.file}.away`);
  writeFileSync(place.file, 'somebody’s');
  await spool.ping();
  // A file of its own, and then the same one written over.
  rmSync(rescued);
  writeFileSync(rescued, 'another’s');
  await spool.ping();
  writeFileSync(rescued, 'a third one’s');
  renameSync(`${place.file}.away`, place.file);
  await spool.ping();
  await spool.close();
  expect(readFileSync(rescued, 'utf8')).toBe('a third one’s');
  const left = names().filter((name) => /rescued\.\d+$/.test(name));
  expect(left.map((name) => readFileSync(join(dirname(place.file), name), 'utf8'))).toEqual(['another’s']);
  expect(heldIn(place.file)).toEqual(['101']);
});

it('deprived of its log, it leaves nothing beside once that is taken in', async () => {
  const spool = await open();
  await addTo(spool, '101');
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
    await addTo(spool, extension);
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
