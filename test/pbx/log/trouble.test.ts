import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fromTo, linesOf, makeFolder, numberIn, open, program, textOf } from './support.ts';

const soon = { timeout: 10_000, interval: 20 };
const numbers = (file: string) => linesOf(file).map((line) => line['number']);

describe('a file that logrotate takes away', () => {
  it('is followed by a new one at once on reopen', async () => {
    const folder = makeFolder();
    const { log, file, reopen, close } = open(join(folder, 'pns.log'));
    log('info', 'internal_error', { number: 1 });
    await vi.waitFor(() => expect(numbers(file)).toEqual([1]), soon);
    renameSync(file, `${file}.1`);
    log('info', 'internal_error', { number: 2 });
    await vi.waitFor(() => expect(numbers(`${file}.1`)).toEqual([1, 2]), soon);
    reopen();
    log('info', 'internal_error', { number: 3 });
    await close();
    expect(numbers(file)).toEqual([3]);
    expect(numbers(`${file}.1`)).toEqual([1, 2]);
  });

  it.each([
    ['renamed', (file: string) => renameSync(file, `${file}.1`)],
    ['removed', (file: string) => rmSync(file)],
    ['removed with its folder', (file: string) => rmSync(join(file, '..'), { recursive: true })],
  ])('is noticed without a signal where it was %s', async (_, take) => {
    const { log, file } = open(join(makeFolder(), 'log', 'pns.log'));
    log('info', 'internal_error', { number: 1 });
    await vi.waitFor(() => expect(numbers(file)).toEqual([1]), soon);
    take(file);
    await vi.waitFor(() => {
      log('info', 'internal_error', { number: 2 });
      expect(numbers(file)).toContain(2);
    }, soon);
    expect(numbers(file)).not.toContain(1);
  });

  it('may be truncated instead', async () => {
    const { log, file, close } = open(join(makeFolder(), 'pns.log'));
    log('info', 'internal_error', { number: 1 });
    await vi.waitFor(() => expect(numbers(file)).toEqual([1]), soon);
    truncateSync(file);
    log('info', 'internal_error', { number: 2 });
    await close();
    expect(numbers(file)).toEqual([2]);
  });
});

describe('a log that cannot be written', () => {
  it('is complained of once, and has every line in order once it can be', async () => {
    const folder = makeFolder();
    const obstacle = join(folder, 'log');
    writeFileSync(obstacle, 'no folder');
    const { log, file, complaints, reopen } = open(join(obstacle, 'pns.log'));
    for (const number of fromTo(1, 50)) log('info', 'internal_error', { number });
    await vi.waitFor(() => expect(complaints).toHaveLength(1), soon);
    expect(complaints[0]).toBe(`the log ${file} cannot be written (EEXIST); pns goes on and tries again`);
    log('info', 'internal_error', { number: 51 });
    rmSync(obstacle);
    reopen();
    await vi.waitFor(() => expect(numbers(file)).toEqual(fromTo(1, 51)), soon);
    expect(complaints).toHaveLength(1);
  });

  it('has what found no room counted, where its disk was full', async () => {
    const folder = makeFolder();
    const path = join(folder, 'pns.log');
    symlinkSync('/dev/full', path);
    const { log, file, complaints } = open(path);
    const padding = 'x'.repeat(10_000);
    for (const number of fromTo(1, 200)) log('info', 'internal_error', { number, padding });
    await vi.waitFor(() => expect(complaints).toEqual([expect.stringContaining('(ENOSPC)')]), soon);
    rmSync(path);
    await vi.waitFor(() => expect(linesOf(file).at(-1)).toMatchObject({ event: 'log_lines_lost' }), soon);
    const kept = linesOf(file).slice(0, -1);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.map((line) => line['number'])).toEqual(fromTo(1, kept.length));
    expect(linesOf(file).at(-1)).toMatchObject({ level: 'warn', lines: 200 - kept.length });
  });

  it('is complained of where it is a pipe that nobody reads, and holds no thread', async () => {
    const path = join(makeFolder(), 'pns.log');
    execFileSync('mkfifo', [path]);
    const { log, complaints, close } = open(path);
    log('info', 'internal_error', { number: 1 });
    await vi.waitFor(() => expect(complaints).toEqual([expect.stringContaining('(ENXIO)')]), soon);
    await close();
  });

  it('does not hold up the end', async () => {
    const folder = makeFolder();
    const { log, complaints, close } = open(join(folder, 'pns.log'));
    mkdirSync(join(folder, 'pns.log'));
    log('info', 'stopping');
    await vi.waitFor(() => expect(complaints).toEqual([expect.stringContaining('(EISDIR)')]), soon);
    log('info', 'stopped');
    await close();
    expect(readdirSync(join(folder, 'pns.log'))).toEqual([]);
  });
});

it('writes a line anew that was cut off where a file could not grow', async () => {
  const file = join(makeFolder(), 'pns.log');
  const count = 150;
  const code = program(
    file,
    `for (let number = 1; number <= ${count}; number++) log('info', 'internal_error', { number });
     setInterval(() => {}, 1_000);`,
  );
  // In blocks of 512 bytes (POSIX, ulimit).
  const limited = [
    '-c',
    'ulimit -f 8 && exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    code,
  ];
  const child = spawn('sh', limited, { stdio: 'ignore' });
  const files: string[] = [];
  try {
    let seen: number[] = [];
    while (seen.at(-1) !== count) {
      const atEnd = await vi.waitFor(() => {
        seen = [...files, file].flatMap((each) => textOf(each).split('\n').flatMap(numberIn));
        const isFull = textOf(file).length >= 8 * 512;
        if (!isFull && seen.at(-1) !== count) throw new Error('not yet');
        return !isFull;
      }, soon);
      if (atEnd) break;
      const full = `${file}.${files.length}`;
      renameSync(file, full);
      files.push(full);
    }
    expect(files.length).toBeGreaterThan(2);
    expect(files.some((each) => !textOf(each).endsWith('\n'))).toBe(true);
    expect(seen).toEqual(fromTo(1, count));
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
