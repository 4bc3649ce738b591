import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { addressesOf, createLookup } from '../../../pbx/src/proxy/lookup.ts';
import type { Resolve } from '../../../pbx/src/proxy/resolve.ts';

const host = 'push2.test';
let answer: Resolve;
let asked: number;
const answering =
  (address: string, holdMs = 0): Resolve =>
  async () => ({ addresses: [{ address, family: 4 }], holdMs });
const failing: Resolve = async () => {
  throw Object.assign(new Error('no answer'), { code: 'ETIMEOUT' });
};

const create = () =>
  createLookup((hostname) => {
    asked += 1;
    return answer(hostname);
  });
beforeEach(() => {
  asked = 0;
});

describe('a look-up', () => {
  it('asks once for as long as the answer holds, and for all who ask meanwhile', async () => {
    answer = answering('192.0.2.1', 60_000);
    const lookup = create();
    await Promise.all([addressesOf(lookup, host), addressesOf(lookup, host)]);
    expect(await addressesOf(lookup, host)).toEqual(['192.0.2.1']);
    expect(asked).toBe(1);
  });

  it('asks anew afterwards', async () => {
    answer = answering('192.0.2.1');
    const lookup = create();
    await addressesOf(lookup, host);
    answer = answering('192.0.2.2');
    expect(await addressesOf(lookup, host)).toEqual(['192.0.2.2']);
  });

  it('asks anew what it is made to doubt, and gives it still where nobody answers', async () => {
    answer = answering('192.0.2.1', 60_000);
    const lookup = create();
    await addressesOf(lookup, host);
    lookup.doubt();
    answer = failing;
    expect(await addressesOf(lookup, host)).toEqual(['192.0.2.1']);
    answer = answering('192.0.2.2', 60_000);
    expect(await addressesOf(lookup, host)).toEqual(['192.0.2.2']);
    expect(asked).toBe(3);
  });

  it('asks about once a second, however much fails to reach an endpoint that is down', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    answer = answering('192.0.2.1', 60_000);
    const lookup = create();
    for (let failed = 0; failed < 300; failed += 1) {
      await addressesOf(lookup, host);
      lookup.doubt();
      vi.advanceTimersByTime(10);
    }
    expect(asked).toBeGreaterThanOrEqual(3);
    expect(asked).toBeLessThanOrEqual(8);
  });

  it('gives the last addresses where nobody answers any more, or not soon, and the new ones once they are there', async () => {
    answer = answering('192.0.2.1');
    const lookup = create();
    await addressesOf(lookup, host);
    answer = failing;
    expect(await addressesOf(lookup, host)).toEqual(['192.0.2.1']);
    const late = Promise.withResolvers<Awaited<ReturnType<Resolve>>>();
    answer = () => late.promise;
    expect(await addressesOf(lookup, host)).toEqual(['192.0.2.1']);
    late.resolve(await answering('192.0.2.2', 60_000)(host));
    await late.promise;
    expect(await addressesOf(lookup, host)).toEqual(['192.0.2.2']);
    expect(asked).toBe(3);
  });

  it('fails with what the resolver says where there never was an address, and asks again the next time', async () => {
    answer = failing;
    const lookup = create();
    await expect(addressesOf(lookup, host)).rejects.toMatchObject({ code: 'ETIMEOUT' });
    answer = answering('192.0.2.1');
    expect(await addressesOf(lookup, host)).toEqual(['192.0.2.1']);
  });

  it('asks nobody for an address, and gives one kind alone where that is wanted', async () => {
    answer = answering('192.0.2.1');
    const lookup = create();
    expect(await addressesOf(lookup, '2001:db8::1')).toEqual(['2001:db8::1']);
    expect(asked).toBe(0);
    const error = await new Promise((resolve) => lookup(host, { family: 6 }, (found) => resolve(found)));
    expect(error).toMatchObject({ code: 'ENOTFOUND' });
  });

  it('keeps the addresses of a kind that nobody answered for, but not for longer than a day', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const six = { address: '2001:db8::1', family: 6 };
    answer = async () => ({ addresses: [{ address: '192.0.2.1', family: 4 }, six], holdMs: 0 });
    const lookup = create();
    await addressesOf(lookup, host);
    answer = async () => ({ addresses: [six], holdMs: 0, missing: 4 });
    for (let hour = 0; hour < 24; hour += 1) {
      expect(await addressesOf(lookup, host)).toEqual(['192.0.2.1', '2001:db8::1']);
      vi.advanceTimersByTime(3_600_000);
    }
    vi.advanceTimersByTime(1);
    expect(await addressesOf(lookup, host)).toEqual(['2001:db8::1']);
  });

  it('takes the word of a resolver that a kind is gone', async () => {
    answer = answering('192.0.2.1');
    const lookup = create();
    await addressesOf(lookup, host);
    answer = async () => ({ addresses: [{ address: '2001:db8::1', family: 6 }], holdMs: 0 });
    expect(await addressesOf(lookup, host)).toEqual(['2001:db8::1']);
  });

  it('never fails without an error, and a callback that throws harms nobody else', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
    answer = () => Promise.reject(undefined);
    const lookup = create();
    await expect(addressesOf(lookup, host)).rejects.toBeInstanceOf(Error);
    const thrown = new Promise<void>((resolve) =>
      lookup(host, {}, () => {
        resolve();
        throw new Error('a callback');
      }),
    );
    await thrown;
    await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
  });
});
