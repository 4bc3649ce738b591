import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, writeKey } from '../../../lambda/core/key.ts';
import { listSpool } from '../../../pbx/src/spool/operator.ts';
import { createDaemon } from '../support/daemon.ts';
import { register, scratch, startSpool } from './support.ts';

let place: ReturnType<typeof scratch>;
let pns: Awaited<ReturnType<typeof startSpool>> | undefined;
beforeEach(() => {
  place = scratch();
  mkdirSync(dirname(place.file));
});
afterEach(async () => {
  await pns?.stop();
  pns = undefined;
  place.remove();
});

const start = async () => {
  const sent: number[] = [];
  const started = await startSpool(place.file, async ({ id }) => void sent.push(id));
  pns = started;
  return { ...started, sent };
};

describe('a file that cannot be used does not keep pns from starting: it takes nothing, and says why', () => {
  const refusedWith = async (code: string, text: string | RegExp) => {
    const before = readFileSync(place.file);
    const { spool, of, add } = await start();
    expect(spool.fault()).toBe(code);
    const message = expect.stringContaining(place.file);
    await expect(add(register('a', '101'))).rejects.toMatchObject({ name: 'SpoolError', code, message });
    await expect(add(register('a', '101'))).rejects.toHaveProperty('message', expect.stringMatching(text));
    await spool.ping();
    expect(of('internal_error')).toMatchObject([{ code: `spool-${code}`, reason: message }]);
    expect(readFileSync(place.file).equals(before)).toBe(true);
  };

  it('one that is no database', async () => {
    writeFileSync(place.file, 'PRAGMA what? '.repeat(1_000));
    await refusedWith('corrupt', /not a database.*nothing was changed in it/);
  });

  it('one whose inside is damaged', async () => {
    pns = await startSpool(place.file, () => Promise.reject(new Error()));
    await Promise.all(Array.from({ length: 400 }, (_, n) => pns?.add(register('a', `${n}`))));
    await pns.stop();
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
    await (await start()).stop();
    const newer = new DatabaseSync(place.file);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    await refusedWith('foreign', /newer pns.*version 99.*up to version 2/);
  });

  it('a directory', async () => {
    mkdirSync(place.file);
    const { spool, add } = await start();
    await expect(add(register('a', '101'))).rejects.toMatchObject({
      name: 'SpoolError',
      message: expect.stringContaining(place.file),
    });
    expect(spool.fault()).toBeDefined();
  });

  it('one that another process holds, and that was never opened before', async () => {
    writeFileSync(place.file, '');
    const other = new DatabaseSync(place.file);
    other.exec('BEGIN EXCLUSIVE');
    const { spool } = await start();
    expect(spool.fault()).toBe('busy');
    other.close();
  });
});

it('once it can be opened it goes on with what it holds, and says so once', async () => {
  const before = await startSpool(place.file, () => Promise.reject(new Error()));
  await before.add(register('a', '101'));
  await before.stop();
  const whole = readFileSync(place.file);
  writeFileSync(place.file, 'no database');
  const { spool, add, of, sent, untilCount, empty } = await start();
  await expect(add(register('a', '102'))).rejects.toMatchObject({ code: 'corrupt' });
  writeFileSync(place.file, whole);
  await untilCount('spool_mended', 1);
  expect(spool.fault()).toBeUndefined();
  await untilCount('delivered', 1);
  expect(await add(register('a', '103'))).toBe(2);
  await empty();
  expect(sent).toEqual([1, 2]);
  expect(of('spool_mended')).toHaveLength(1);
  expect(of('internal_error')).toHaveLength(1);
});

it('moved away, it is made anew', async () => {
  writeFileSync(place.file, 'no database');
  const { add, untilCount } = await start();
  rmSync(place.file);
  await untilCount('spool_mended', 1);
  expect(await add(register('a', '101'))).toBe(1);
});

it('calls are answered all the same', async () => {
  writeFileSync(place.file, 'no database');
  const daemon = createDaemon({
    PUSH_URL: 'http://127.0.0.1:1',
    KEY: writeKey(makeKey()),
    DATA_DIR: dirname(place.file),
  });
  await daemon.start();
  expect(await daemon.get('/push_call?to=101')).toEqual({ status: 200, text: '0' });
  const refused = await daemon.json('/register', { extension: '101', token: 'a-token:APA91b' });
  expect(refused).toMatchObject({ status: 503, body: { code: 'not-stored' } });
  expect((await daemon.get('/status')).text).toContain('; FAULT: corrupt');
  expect((await daemon.json('/status')).body).toMatchObject({ spool: { fault: 'corrupt' } });
  expect(await daemon.stop()).toBe(0);
  daemon.remove();
});

describe('a request that cannot be read any more', () => {
  it.each(['{"extension": "1', '{}', 'null', '5', '{"extension":"101","token":5,"platform":"fcm"}'])(
    'is kept aside, and stops nothing: %s',
    async (text) => {
      await (await start()).stop();
      const other = new DatabaseSync(place.file);
      const insert = other.prepare(
        "INSERT INTO entries (operation, request, at, retry) VALUES ('register', ?, 1, 1)",
      );
      insert.run(text);
      insert.run(text);
      other.exec('UPDATE entries SET kept_at = 1 WHERE id = 2');
      other.close();
      expect(listSpool(place.file)).toMatchObject({
        pending: [{ id: 1, operation: 'register', code: 'unreadable' }],
        keptAside: [{ id: 2, operation: 'register', code: 'unreadable' }],
      });

      const { add, of, sent, empty } = await start();
      await add(register('b', '102'));
      await add(register('c', '103'));
      await empty();
      expect(sent).toEqual([3, 4]);
      expect(of('kept_aside').map(({ entry, code }) => [entry, code])).toEqual([
        [2, 'unreadable'],
        [1, 'unreadable'],
      ]);
      expect(of('internal_error')).toEqual([]);
      expect(listSpool(place.file)).toMatchObject({ pending: [], keptAside: [{ id: 1 }, { id: 2 }] });
    },
  );
});
