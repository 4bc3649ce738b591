import { describe, expect, it } from 'vitest';
import { faults as all, createFaults, InvalidFault, parseFault } from '../../local/faults.ts';
import { createPushLog, PUSHES_KEPT } from '../../local/pushes.ts';

describe('faults', () => {
  it("hold for a token before its provider's, and for no other token", () => {
    const faults = createFaults();
    faults.set({ provider: 'apple' }, '500');
    faults.set({ token: 'one' }, 'hang');

    expect(faults.of('apple', 'one')).toBe('hang');
    expect(faults.of('apple', 'two')).toBe('500');
    expect(faults.of('apple')).toBe('500');
    expect(faults.of('google', 'two')).toBeUndefined();
    expect(faults.of('google', 'ONE')).toBeUndefined();
  });

  it("meet Apple's tokens in capitals and in small letters", () => {
    const faults = createFaults();
    faults.set({ token: 'ABCD' }, '410');
    expect(faults.of('apple', 'abcd')).toBe('410');
  });

  it('are replaced by the last one set, and gone once cleared', () => {
    const faults = createFaults();
    faults.set({ token: 'one' }, 'hang');
    faults.set({ token: 'one' }, '429');
    faults.set({ provider: 'google' }, '500');
    expect(faults.of('google', 'one')).toBe('429');
    faults.clear();
    expect(faults.of('google', 'one')).toBeUndefined();
  });

  it('are gone for one token alone where it is named', () => {
    const faults = createFaults();
    faults.set({ token: 'ABCD' }, 'hang');
    faults.set({ token: 'two' }, '429');
    faults.clear('abcd');
    expect(faults.of('apple', 'abcd')).toBeUndefined();
    expect(faults.of('google', 'two')).toBe('429');
  });
});

describe('parseFault', () => {
  it.each(all)('reads %s for a token', (fault) => {
    expect(parseFault({ token: 't', fault })).toEqual({ target: { token: 't' }, fault });
  });

  it('reads a provider, and a fault that is a number', () => {
    expect(parseFault({ provider: 'google', fault: 429 })).toEqual({
      target: { provider: 'google' },
      fault: '429',
    });
  });

  it.each([
    ['text', 'x', 'expected an object'],
    ['null', null, 'expected an object'],
    ['a list', [], 'expected an object'],
    ['no fault', { token: 't' }, 'fault: expected one of 410'],
    ['an unknown fault', { token: 't', fault: 'slow' }, 'fault: expected one of 410'],
    ['a fault that is no text', { token: 't', fault: {} }, 'fault: expected one of 410'],
    ['no target', { fault: '410' }, 'either "token" or "provider"'],
    ['two targets', { token: 't', provider: 'apple', fault: '410' }, 'either "token" or "provider"'],
    ['an unknown provider', { provider: 'xiaomi', fault: '410' }, 'provider: expected one of apple, google'],
    ['an empty token', { token: '', fault: '410' }, 'token: expected text'],
    ['a token that is no text', { token: {}, fault: '410' }, 'token: expected text'],
    ['an unknown field', { token: 't', fault: '410', for: 5 }, 'field: expected one of token'],
    ['one-stream at Google', { provider: 'google', fault: 'one-stream' }, 'fault of Apple only'],
    ["a result code of Huawei's at Apple", { provider: 'apple', fault: 80300002 }, 'fault of Huawei only'],
  ])('refuses %s', (_, body, message) => {
    expect(() => parseFault(body)).toThrow(InvalidFault);
    expect(() => parseFault(body)).toThrow(message);
  });
});

describe('the push log', () => {
  const push = (token: string) => ({
    provider: 'google' as const,
    at: '2026-01-01T00:00:00.000Z',
    token,
    headers: {},
    payload: {},
  });

  it('finds a push that is there already, and waits for one that is not', async () => {
    const log = createPushLog();
    log.add(push('one'));
    await expect(log.next(({ token }) => token === 'one', 10_000)).resolves.toEqual(push('one'));

    const coming = log.next(({ token }) => token === 'three', 10_000);
    log.add(push('two'));
    log.add(push('three'));
    await expect(coming).resolves.toEqual(push('three'));
  });

  it('gives up on a push that does not come', async () => {
    const log = createPushLog();
    log.add(push('one'));
    await expect(log.next(({ token }) => token === 'two', 5)).rejects.toThrow('no such push within 5 ms');
  });

  it('forgets what is cleared', async () => {
    const log = createPushLog();
    log.add(push('one'));
    log.clear();
    expect(log.list()).toEqual([]);
    await expect(log.next(() => true, 5)).rejects.toThrow('no such push');
  });

  it('keeps the last pushes only', () => {
    const log = createPushLog();
    for (let index = 0; index < PUSHES_KEPT + 2_500; index += 1) log.add(push(`${index}`));
    const kept = log.list();
    expect(kept).toHaveLength(PUSHES_KEPT);
    expect(kept[0]?.token).toBe('2500');
    expect(kept.at(-1)?.token).toBe(`${PUSHES_KEPT + 2_499}`);
  });
});
