import { describe, expect, it, vi } from 'vitest';
import { register, remove, update } from './support.ts';
import { useSpool } from './use-spool.ts';

const run = useSpool();

describe('after a restart', () => {
  it('what is left goes on, in order', async () => {
    await run.endpoint.stop();
    for (let n = 0; n < 50; n += 1) await run.pns.add(register(`t${n % 5}`, `${n}`));
    await run.restart();
    expect(run.pns.spool.depth()).toBe(50);
    await run.endpoint.start();
    await run.pns.add(register('t0', 'last'));
    await run.pns.empty();
    const ofFirst = run.endpoint.taken.filter(({ body }) => body['token'] === 't0');
    expect(ofFirst.map(({ body }) => body['extension'])).toEqual([
      ...Array.from({ length: 10 }, (_, n) => `${n * 5}`),
      'last',
    ]);
  });

  it('numbers go on too: none is given twice', async () => {
    const first = await run.pns.add(register('a', '101'));
    await run.pns.empty();
    await run.restart();
    expect(await run.pns.add(register('a', '102'))).toBe(first + 1);
  });
});

describe('a request whose answer never came', () => {
  it('may still be carried out: what conflicts with it waits for that long, and nothing else does', async () => {
    await run.restart({ pace: { strayMs: 300 } });
    let lost = 0;
    run.endpoint.answer(({ body }) => {
      if (body['extension'] !== '101' || lost > 0) return { status: 200 };
      lost = performance.now();
      return 'reset';
    });
    await run.pns.add(register('a', '101'));
    await run.pns.add(register('a', '102'));
    await run.pns.add(register('b', '103'));
    await run.pns.until(() => run.takenExtensions().includes('103') && run.takenExtensions().includes('101'));
    expect(run.takenExtensions()).not.toContain('102');
    await run.pns.empty();
    expect(performance.now() - lost).toBeGreaterThanOrEqual(300);
    expect(run.takenExtensions().at(-1)).toBe('102');
  });

  it('also after a stop, though it went through the next time: the stop does not wait, and it is sent once more', async () => {
    const strayMs = 3_600_000;
    await run.restart({ pace: { strayMs } });
    let tries = 0;
    run.endpoint.answer(() => {
      tries += 1;
      return tries === 1 ? 'reset' : { status: 200 };
    });
    await run.pns.add(register('a', '101'));
    await run.pns.add(remove({ token: 'a' }));
    await expect.poll(() => run.takenExtensions()).toEqual(['101']);
    await run.restart({ pace: { strayMs: 300 } });
    const started = performance.now();
    expect(run.pns.spool.depth()).toBe(2);
    await run.pns.empty();
    // Of the try that may still be carried out, as of every one of the process before.
    expect(performance.now() - started).toBeGreaterThanOrEqual(290);
    expect(run.takenExtensions()).toEqual(['101', '101', undefined]);
  });

  it('also one that was refused the next time', async () => {
    await run.restart({ pace: { strayMs: 3_600_000 } });
    let tries = 0;
    run.endpoint.answer(() => {
      tries += 1;
      return tries === 1 ? 'reset' : { status: 400, code: 'unknown-app' };
    });
    await run.pns.add(register('a', '101'));
    await expect.poll(() => tries).toBe(2);
    await run.restart({ pace: { strayMs: 3_600_000 } });
    expect([run.pns.spool.depth(), run.pns.spool.keptAside()]).toEqual([1, 0]);
    expect(run.pns.of('kept_aside')).toEqual([]);
  });

  it('also that of the process before, whatever the clock says: it was set back since', async () => {
    await run.restart({ pace: { strayMs: 3_600_000 } });
    run.endpoint.answer(() => ({ status: 503 }));
    await run.pns.add(register('a', '101'));
    await run.pns.add(remove({ token: 'a' }));
    await run.pns.untilCount('delivery_failed', 1);
    await run.pns.stop();
    const other = run.lockSpool();
    other.exec('UPDATE entries SET at = at + 3600000; COMMIT');
    other.close();
    run.endpoint.answer(() => ({ status: 200 }));
    const started = performance.now();
    await run.restart({ pace: { strayMs: 2_000 } });
    await run.pns.empty();
    expect(performance.now() - started).toBeGreaterThanOrEqual(1_990);
    expect(run.takenExtensions()).toEqual(['101', undefined]);
  });

  it('also that of the process before', async () => {
    await run.endpoint.stop();
    await run.pns.add(register('a', '101'));
    await run.pns.add(register('a', '102'));
    await run.endpoint.start();
    await run.pns.stop();
    const started = performance.now();
    await run.restart({ pace: { strayMs: 300 } });
    await run.pns.empty();
    expect(performance.now() - started).toBeGreaterThanOrEqual(300);
    expect(run.takenExtensions()).toEqual(['101', '102']);
  });
});

describe('settled', () => {
  const waitedFor = async (extension: string, milliseconds: number) => {
    const from = performance.now();
    await run.pns.delivery.settled(extension, milliseconds);
    return performance.now() - from;
  };

  it('waits for what was just taken for this extension, and for what may be for any', async () => {
    const gate = Promise.withResolvers<void>();
    run.endpoint.answer(async () => {
      await gate.promise;
      return { status: 200 };
    });
    await run.pns.delivery.settled('101', 3_600_000);
    await run.pns.add(register('a', '101'));
    await run.pns.delivery.settled('102', 3_600_000);
    expect(await waitedFor('101', 20)).toBeGreaterThanOrEqual(19);
    await run.pns.add(update('x', 'y'));
    expect(await waitedFor('102', 20)).toBeGreaterThanOrEqual(19);

    const waiting = [run.pns.delivery.settled('101', 3_600_000), run.pns.delivery.settled('102', 3_600_000)];
    gate.resolve();
    await Promise.all(waiting);
    expect(run.endpoint.taken).toHaveLength(2);
  });

  it('does not wait for a proxy that is down', async () => {
    await run.restart({ pace: { firstPauseMs: 3_600_000, longestPauseMs: 3_600_000 } });
    const gate = Promise.withResolvers<void>();
    run.endpoint.answer(async () => {
      await gate.promise;
      return { status: 503 };
    });
    await run.pns.add(register('a', '101'));
    const waiting = run.pns.delivery.settled('101', 3_600_000);
    gate.resolve();
    await waiting;
    await run.pns.delivery.settled('101', 3_600_000);
  });

  it('waits no longer for what has not gone through in five seconds, whatever the clock on the wall says', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    try {
      run.endpoint.answer(() => new Promise(() => {}));
      await run.pns.add(register('a', '101'));
      vi.setSystemTime(Date.now() - 3_600_000);
      vi.advanceTimersByTime(6_000);
      await run.pns.delivery.settled('101', 3_600_000);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('what the proxy has taken and cannot be written down keeps nothing else from being sent, and is sent once', async () => {
  const gate = Promise.withResolvers<void>();
  run.endpoint.answer(async () => {
    await gate.promise;
    return { status: 200 };
  });
  for (let n = 0; n < 20; n += 1) await run.pns.add(register(`t${n}`, `${n}`));
  await run.pns.add(register('t0', 'after'));
  const other = run.lockSpool();
  gate.resolve();
  await expect.poll(() => run.endpoint.taken.length, { timeout: 20_000 }).toBe(20);
  // In the order of its token: not before the first one is known to be done with.
  expect(run.takenExtensions()).not.toContain('after');
  await run.pns.untilCount('internal_error', 1);
  other.close();
  await run.pns.empty();
  expect(run.endpoint.taken).toHaveLength(21);
  expect(run.pns.of('internal_error')).toMatchObject([{ code: 'spool-busy' }]);
});

describe('stop', () => {
  it('waits for what is under way, and sends nothing more', async () => {
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    run.endpoint.answer(async () => {
      asked += 1;
      await gate.promise;
      return { status: 200 };
    });
    await run.pns.add(register('a', '101'));
    await run.pns.add(register('a', '102'));
    await expect.poll(() => asked).toBe(1);
    const stopped = run.pns.delivery.stop(60_000);
    gate.resolve();
    await stopped;
    expect(run.takenExtensions()).toEqual(['101']);
    expect(run.pns.spool.depth()).toBe(1);
  });

  it('gives up a hung one, which is sent again after the next start', async () => {
    let isHung = true;
    run.endpoint.answer(() => (isHung ? new Promise(() => {}) : { status: 200 }));
    await run.pns.add(register('a', '101'));
    await run.pns.delivery.stop(50);
    expect(run.pns.spool.depth()).toBe(1);
    isHung = false;
    await run.restart();
    await run.pns.empty();
    expect(run.takenExtensions()).toEqual(['101']);
  });
});
