import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spoolAll } from '../../../pbx/src/spool/operator.ts';
import { buildChild, startChild } from './built-child.ts';
import { addTo, heldIn, keepLog, manyRegisters, openSpoolIn, register, scratch } from './support.ts';

let place: ReturnType<typeof scratch>;
let rescued: string;
beforeEach(() => {
  place = scratch();
  rescued = `${place.file}.rescued`;
});
afterEach(() => place.remove());

const open = (log = keepLog().log) => openSpoolIn(place.file, log);
const names = () => readdirSync(dirname(place.file)).toSorted();

describe('killed', () => {
  const startAdding = async () => {
    const child = startChild(await buildChild(place.dir), [place.file, '', '0']);
    await child.until(() => child.lines.length > 10);
    return {
      ...child,
      acknowledged: () => child.lines.filter((line) => /^\d+$/.test(line)).length,
      /** More of them than it adds at once: it has looked since. */
      refused: () =>
        child.until(() => child.lines.filter((line) => line.includes('another file stands')).length > 12),
      killed: async () => {
        child.kill();
        await child.ended;
      },
    };
  };
  const startAndStop = async () => {
    const kept = keepLog();
    await (await open(kept.log)).close();
    return kept;
  };

  it.each([1, 2, 3, 4])(
    'while it takes its place again, at the change of files that is seen as number %i, all is there',
    async (last) => {
      spoolAll(place.file, manyRegisters(5_000));
      const child = await startAdding();
      rmSync(place.file);
      writeFileSync(place.file, 'somebody’s');
      await child.refused();
      const before = child.acknowledged();
      renameSync(place.file, `${place.dir}/somebodys`);
      for (let changes = 0, seen = names().join(); changes < last && child.acknowledged() === before; ) {
        await turn();
        const now = names().join();
        if (now !== seen) changes += 1;
        seen = now;
      }
      await child.killed();
      await startAndStop();
      expect(heldIn(place.file).length).toBeGreaterThanOrEqual(5_000 + child.acknowledged());
    },
  );

  it('while a backup stands in its place, it leaves that as it is, and what it held beside', async () => {
    const backup = `${place.dir}/backup`;
    spoolAll(backup, manyRegisters(500));
    const child = await startAdding();
    copyFileSync(backup, `${backup}.copy`);
    renameSync(`${backup}.copy`, place.file);
    await child.refused();
    await child.killed();
    const { of } = await startAndStop();
    expect(heldIn(place.file)).toEqual(heldIn(backup));
    expect(heldIn(rescued).length).toBeGreaterThanOrEqual(child.acknowledged());
    expect(of('internal_error')).toMatchObject([{ reason: expect.stringContaining(rescued) }]);
  });
});

describe('another process writes the file that stands in its place', () => {
  const operator = new URL('../../../pbx/src/spool/operator.ts', import.meta.url).href;
  const run = (code: string) =>
    execFileSync(process.execPath, [
      '--input-type=module',
      '-e',
      `const o = await import('${operator}'); o.${code}`,
    ]);
  const imported = JSON.stringify([register('imported', '900')]);

  it.each([
    ['pns spool retry', 'comes back', 'retryKeptAside(FILE, "all")'],
    ['pns spool retry', 'is written anew', 'retryKeptAside(FILE, "all")'],
    ['pns spool drop', 'is written anew', 'dropRequest(FILE, 1)'],
    ['pns import', 'comes back', `spoolAll(FILE, ${imported})`],
    ['pns import', 'is written anew', `spoolAll(FILE, ${imported})`],
  ])('%s, and its own %s then, with all that it held', async (_, then, code) => {
    const kept = keepLog();
    const spool = await open(kept.log);
    for (let n = 0; n < 20; n += 1) await addTo(spool, `${n}`);
    renameSync(place.file, `${place.file}.away`);
    writeFileSync(place.file, '');
    await spool.ping();
    run(code.replace('FILE', JSON.stringify(place.file)));
    renameSync(place.file, `${place.file}.other`);
    if (then === 'comes back') renameSync(`${place.file}.away`, place.file);
    await spool.ping();
    await addTo(spool, '20');
    await spool.close();
    expect(heldIn(place.file)).toEqual(Array.from({ length: 21 }, (_, n) => `${n}`));
    expect(heldIn(`${place.file}.other`)).toEqual(code.startsWith('spoolAll') ? ['900'] : []);
    expect(existsSync(rescued)).toBe(false);
    const last = kept.lines.filter(({ event }) => event !== 'spooled').at(-1);
    const text = then === 'comes back' ? 'in its place again' : 'all that it held is in a new file';
    expect(last).toMatchObject({ reason: expect.stringContaining(text) });
  });
});
