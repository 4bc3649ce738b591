import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { logFiles, readLog } from '../../../pbx/src/log/read-log.ts';
import { makeFolder, open } from './support.ts';

const line = (number: number, format: 'json' | 'text' = 'json') =>
  format === 'json'
    ? `{"level":"info","time":"2026-11-22T12:00:00.000Z","event":"spooled","number":${number}}\n`
    : `2026-11-22T12:00:00.000Z info  spooled number=${number}\n`;

const numbersIn = async (...files: string[]) => {
  const numbers: unknown[] = [];
  for await (const entry of readLog(files)) numbers.push(entry['number']);
  return numbers;
};

it('reads what the log has written, in either format, also where it was changed on the way', async () => {
  const { log, file, change, close } = open(join(makeFolder(), 'pns.log'));
  const fields = { to: '101', callId: 'ä\n"b" c', devices: 2, phones: [{ deviceId: 'a b', accepted: true }] };
  log('info', 'push_message', fields);
  change({ logFile: file, logLevel: 'info', logFormat: 'text' });
  log('info', 'push_message', fields);
  await close();
  const entries: unknown[] = [];
  for await (const entry of readLog([file])) entries.push(entry);
  expect(entries).toEqual(
    Array(2).fill({ time: expect.any(String), level: 'info', event: 'push_message', ...fields }),
  );
});

it('reads files one after the other, compressed ones too', async () => {
  const folder = makeFolder();
  const [first, second, third] = ['pns.log.2.gz', 'pns.log.1', 'pns.log'].map((name) => join(folder, name));
  writeFileSync(first ?? '', gzipSync(line(1) + line(2, 'text')));
  writeFileSync(second ?? '', line(3));
  writeFileSync(third ?? '', line(4) + line(5).trimEnd());
  expect(await numbersIn(first ?? '', second ?? '', third ?? '')).toEqual([1, 2, 3, 4, 5]);
});

it('skips what is no line of pns', async () => {
  const file = join(makeFolder(), 'pns.log');
  writeFileSync(file, `${line(1)}garbage\n\n{"level":\n${line(2)}`);
  appendFileSync(file, Buffer.from([0xff, 0x00, 0x0a]));
  appendFileSync(file, `${line(3)}${line(4).slice(0, 40)}`);
  expect(await numbersIn(file)).toEqual([1, 2, 3]);
});

it('skips the rest of a broken archive, and a file that has gone', async () => {
  const folder = makeFolder();
  const many = Array.from({ length: 20_000 }, (_, number) => line(number)).join('');
  const [cut, broken, last] = ['cut.gz', 'broken.gz', 'pns.log'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(cut, gzipSync(many).subarray(0, -1_000));
  writeFileSync(broken, 'no archive');
  writeFileSync(last, line(1));
  const numbers = await numbersIn(join(folder, 'gone'), join(folder, 'gone.gz'), cut, broken, last);
  expect(numbers.length).toBeGreaterThan(1_000);
  expect(numbers.at(-1)).toBe(1);
});

it('passes over a line that is too long to be one of pns, rather than keep it', async () => {
  const file = join(makeFolder(), 'pns.log');
  const padding = 'x'.repeat(5 * 1024 * 1024);
  writeFileSync(file, `${line(1)}${line(2).replace('}', `,"padding":"${padding}"}`)}${line(3)}`);
  expect(await numbersIn(file)).toEqual([1, 3]);
});

it('says so where it may not read', async () => {
  await expect(numbersIn(makeFolder())).rejects.toMatchObject({ code: 'EISDIR' });
});

it('need not be read to its end', async () => {
  const file = join(makeFolder(), 'pns.log');
  writeFileSync(file, Array.from({ length: 50_000 }, (_, number) => line(number)).join(''));
  for await (const entry of readLog([file])) {
    expect(entry['number']).toBe(0);
    break;
  }
});

it('finds what logrotate has made of a log, the oldest first, and nothing else', async () => {
  const folder = makeFolder();
  const ours = ['pns.log-20261120.gz', 'pns.log.10.gz', 'pns.log.2.gz', 'pns.log.1', 'pns.log'];
  const others = ['pns.log.1.swp', 'other.log', 'pns.log.bak', 'pns.log-x', 'xpns.log'];
  for (const [place, name] of [...ours, ...others].entries()) {
    writeFileSync(join(folder, name), '');
    utimesSync(join(folder, name), 1_000 + place, 1_000 + place);
  }
  mkdirSync(join(folder, 'pns.log.d'));
  expect((await logFiles(join(folder, 'pns.log'))).map((file) => basename(file))).toEqual(ours);
  await expect(logFiles(join(folder, 'none', 'pns.log'))).rejects.toMatchObject({ code: 'ENOENT' });
});
