import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from './apple-differences.ts';
import { faults, orders, pairs } from './apple-faults.ts';
import type { Judges, Verdict } from './apple-judges.ts';
import { startJudges } from './apple-judges.ts';
import { alike, ofTwoTeams } from './apple-requests.ts';

let judges: Judges;
let ask: ReturnType<Judges['open']>;
beforeAll(async () => {
  judges = await startJudges();
  ask = judges.open();
}, 5 * 60_000);
afterAll(() => judges?.close());

describe("the project's Apple and pushy's answer alike", () => {
  it.each(alike)('%s', async (_, request, answer) => {
    const { ours, pushys } = await ask(request);
    expect(ours).toMatchObject({ answer });
    expect(pushys).toEqual(ours);
  });

  it('a connection that one team has used, and then another', async () => {
    const asked = judges.open();
    for (const [name, request, answer] of ofTwoTeams) {
      const { ours, pushys } = await asked(request);
      expect.soft(pushys, name).toMatchObject({ answer });
      expect.soft(ours, name).toEqual(pushys);
    }
  });
});

/** One that fails says that a difference is gone, and so must go from the table. */
describe("the project's Apple and pushy's differ", () => {
  const said = ({ answer, apnsId }: Verdict) => (apnsId === 'made' ? answer : `${answer} ${apnsId}`);

  describe.each(differences)('$because ($source)', ({ cases }) => {
    it.each(cases)('%s', async (_, request, ours, pushys) => {
      const verdicts = await ask(request);
      expect(said(verdicts.ours)).toBe(ours);
      expect(said(verdicts.pushys)).toBe(pushys);
      expect(ours).not.toBe(pushys);
    });
  });
});

describe('of a request with two faults', () => {
  const reasonOf = ({ answer }: Verdict) => answer.split(' ')[1] ?? answer;

  it.each(Object.entries(faults))('both name %s where it is alone', async (reason, request) => {
    const { ours, pushys } = await ask(request);
    expect([reasonOf(ours), reasonOf(pushys)]).toEqual([reason, reason]);
  });

  it.each(['ours', 'pushys'] as const)(
    '%s names the one that comes first in its own order',
    async (whose) => {
      const place = (reason: string) => orders[whose].findIndex((line) => line.includes(reason));
      const wrong: unknown[] = [];
      for (const { reasons, request } of pairs) {
        const [first] = reasons.toSorted((one, other) => place(one) - place(other));
        const named = reasonOf((await ask(request))[whose]);
        if (named !== first) wrong.push({ reasons, first, named });
      }
      expect(wrong).toEqual([]);
      expect(pairs.length).toBeGreaterThan(90);
    },
  );

  it('that order is not documented, and differs', () => {
    expect(orders.ours.flat().sort()).toEqual(Object.keys(faults).sort());
    expect(orders.pushys.flat().sort()).toEqual(Object.keys(faults).sort());
    expect(orders.ours).not.toEqual(orders.pushys);
  });
});
