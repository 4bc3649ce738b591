import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { World } from './support/world.ts';
import { createWorld, theTrouble, troubles } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

describe('an answer that is not the endpoint’s', () => {
  it('the log-in page of a network', async () => {
    world.endpoint.answer = {
      status: 302,
      headers: {
        location: 'https://portal.example.net/login?session=secret',
        server: 'portal/2',
        'content-type': 'text/html',
      },
      body: '<html>Please log in</html>',
    };
    const findings = await world.look();
    const found = theTrouble(findings);
    expect(found).toMatchObject({
      check: 'answer',
      level: 'fault',
      details: { status: 302, server: 'portal/2', locationHost: 'portal.example.net' },
    });
    expect(found.what).toContain('text/html');
    expect(JSON.stringify(findings)).not.toContain('secret');
    expect(world.endpoint.asked.some(({ withKey }) => withKey)).toBe(false);
  });

  it('a page with status 200', async () => {
    world.endpoint.answer = {
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>ok</html>',
    };
    expect(theTrouble(await world.look())).toMatchObject({ check: 'answer', level: 'fault' });
  });

  it.each([
    [404, 'PUSH_URL'],
    [503, 'whoever runs the endpoint'],
  ])('API Gateway’s own %i', async (status, remedy) => {
    world.endpoint.answer = { status, body: '{"message":"…"}' };
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({ check: 'answer', level: 'fault', details: { status } });
    expect(found.remedy).toContain(remedy);
  });
});

describe('a clock', () => {
  it.each([
    [3_600_000, 'fault', 'behind'],
    [-3_600_000, 'fault', 'ahead of'],
    [60_000, 'warning', 'behind'],
  ])('%i ms off', async (clockOffsetMs, level, side) => {
    world.endpoint.clockOffsetMs = clockOffsetMs;
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({ check: 'clock', level });
    expect(found.what).toContain(side);
    expect(found.remedy).toContain('timedatectl');
    const { offsetSeconds } = found.details as { offsetSeconds: number };
    expect(Math.abs(offsetSeconds - clockOffsetMs / 1_000)).toBeLessThan(5);
  });

  it('a few seconds off is no trouble', async () => {
    world.endpoint.clockOffsetMs = 10_000;
    expect(troubles(await world.look())).toEqual([]);
  });
});

describe('a key', () => {
  const secretOf = (key: string): string => key.split('_')[2] ?? '';

  it('that was revoked', async () => {
    world.endpoint.key = 'another';
    const findings = await world.look();
    const found = theTrouble(findings);
    expect(found).toMatchObject({ check: 'key', level: 'fault', details: { status: 403 } });
    expect(found.remedy).toContain('pns-admin keys add');
    expect(JSON.stringify(findings)).not.toContain(secretOf(world.settings.key));
  });
});
