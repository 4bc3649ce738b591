import { writeSync } from 'node:fs';
import { startDelivery } from '../../../pbx/src/spool/delivery.ts';
import type { Change } from '../../../pbx/src/spool/entry.ts';
import { openSpool } from '../../../pbx/src/spool/spool.ts';
import { sendTo } from './send-to.ts';

/**
 * A process with a spool, to be killed: `child FILE URL BASE` spools requests that bear a number from BASE on, writes
 * down each number once its request is acknowledged, or why it is not, and delivers all the while. With `drain` for a
 * BASE it delivers what there is, and ends; with an empty URL it delivers nothing.
 */
const [file = '', url = '', base = ''] = process.argv.slice(2);
const tell = (text: string) => writeSync(1, `${text}\n`);
const pace = { firstPauseMs: 20, longestPauseMs: 50, keyPauseMs: 50, strayMs: 0, lookEveryMs: 1_000 };

/** All kinds that are about a token; the first of its numbers tells which, the others when. */
const changeOf = (n: number): Change => {
  const token = `token-${n % 7}`;
  if (n % 10 === 3) return { operation: 'delete', request: { token, line: n } };
  if (n % 10 === 6) return { operation: 'update', request: { oldToken: token, newToken: `new-${n}` } };
  return { operation: 'register', request: { token, extension: `${n}`, platform: 'fcm' } };
};

const ended = (error: Error) => {
  tell(error.message);
  process.exit(1);
};
const spool = await openSpool({ file, log: () => {}, onBroken: ended }).catch(ended);
tell('ready');

const startSending = () => startDelivery({ spool, send: sendTo(url), log: () => {}, pace });
if (base === 'drain') {
  const delivery = startSending();
  while (spool.depth() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await delivery.stop(1_000);
  await spool.close();
  process.exit(0);
}
if (url !== '') startSending();
let n = Number(base);
for (;;) {
  // More than it delivers would only make the disk slow.
  const room = spool.depth() > 50 && url !== '' ? 0 : 1 + Math.floor(Math.random() * 6);
  const added = Array.from({ length: room }, async () => {
    n += 1;
    const mine = n;
    const { operation, request } = changeOf(mine);
    await spool.add(operation, request);
    tell(String(mine));
  });
  const failed = (await Promise.allSettled(added)).filter((one) => one.status === 'rejected');
  for (const { reason } of failed) tell(reason.message);
  if (room === 0 || failed.length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}
