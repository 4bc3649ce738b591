import { expect, it } from 'vitest';
import { createLineLog } from '../../local/logs.ts';

const startedAt = new Date('2026-11-22T12:00:00.000Z');
const line = (n: number) => JSON.stringify({ timestamp: new Date(startedAt.getTime() + n).toISOString(), n });

it('keeps all lines from the start on', () => {
  const logs = createLineLog(startedAt);
  expect(logs.list()).toEqual({ since: '2026-11-22T12:00:00.000Z', lines: [] });
  logs.add(line(7));
  expect(logs.list()).toMatchObject({ since: '2026-11-22T12:00:00.000Z', lines: [{ n: 7 }] });
});

it('keeps the last 10,000, and says from when on', () => {
  const logs = createLineLog(startedAt);
  for (let n = 1; n <= 25_000; n += 1) logs.add(line(n));
  const { since, lines } = logs.list();
  expect(lines).toHaveLength(10_000);
  expect(lines.at(-1)).toMatchObject({ n: 25_000 });
  expect(since).toBe('2026-11-22T12:00:15.001Z');
});
