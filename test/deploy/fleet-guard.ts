import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hours } from '../../lambda/core/duration.ts';
import { fcmToken } from '../support/builders.ts';
import { countLogged } from './delivery-failures.ts';
import type { Deployed } from './deployed.ts';
import type { Pbx } from './pbx.ts';

const soon = { timeout: 20_000 };

/** Above what all other suites have refused of the demo app; this one's phones are the brand's. */
export const guard = { refusals: 15 };
const extensions = ['guarded-1', 'guarded-2'];
const phonesEach = 10;
const kept = extensions.length * phonesEach - guard.refusals;

const tokensOf = (extension: string): string[] =>
  Array.from({ length: phonesEach }, (_, index) => fcmToken(`${extension}-${index}`));

/** Refusals are counted by the clock's hours: a crowd that is split by one would be none. */
const withinOneHour = async (): Promise<void> => {
  const leftMs = hours(1) - (Date.now() % hours(1));
  if (leftMs < soon.timeout) await setTimeout(leftMs);
};

type Phone = { accepted: boolean; reason?: string };

/** A wrong credential makes a provider refuse every token of an app, each as if its phone were gone. */
export const describeFleetGuard = (deployed: () => Deployed): void => {
  describe('a wrong credential', () => {
    it('costs no phone: marks stop, the operator sees it, takes them back, and the next call rings', async () => {
      const { world, endpoint, outputs, admin, addKey } = deployed();
      const pbx: Pbx = endpoint.withKey(await addKey('--pbx', 'pbx-guarded'));
      for (const extension of extensions)
        for (const token of tokensOf(extension)) {
          const request = { extension, token, platform: 'fcm', app: 'brand' };
          expect(await pbx.post('/register', request)).toMatchObject({ status: 200 });
        }
      const callAll = async (): Promise<Phone[]> => {
        const answers = await Promise.all(
          extensions.map((to) => pbx.post('/push_call', { to, ringSeconds: 20 })),
        );
        return answers.flatMap(({ body }) => body['phones'] as Phone[]);
      };
      const marked = async () => {
        const rows = await world.itemsOf(String(outputs['TableName']));
        return rows.filter((row) => row['app']?.S === 'brand' && row['disabledReason'] !== undefined).length;
      };
      const reasons = (phones: readonly Phone[], reason: string) =>
        phones.filter((phone) => !phone.accepted && phone.reason === reason).length;

      await withinOneHour();
      const since = new Date().toISOString();
      world.faults.set({ provider: 'google' }, 'UNREGISTERED');
      expect((await callAll()).every(({ accepted }) => accepted)).toBe(true);
      const log = String(outputs['FeedbackLog']);
      await expect.poll(() => countLogged(world, log, 'kept-by-guard'), soon).toBe(kept);
      expect(await marked()).toBe(guard.refusals);
      const flagged = (await admin('guard', 'list')).stdout;
      expect(flagged).toMatch(/\nbrand +20\S+Z +- +\d+\n/);
      expect(flagged).toMatch(/\ndemo +- +- +\d+\n/);

      // SNS has disabled the endpoints: push_call gives up no more tokens for that than feedback does.
      const again = await callAll();
      expect(reasons(again, 'token-refused')).toBe(guard.refusals);
      expect(reasons(again, 'endpoint-disabled')).toBe(kept);
      expect(await marked()).toBe(guard.refusals);

      world.faults.clear();
      expect((await callAll()).some(({ accepted }) => accepted)).toBe(false);
      expect((await admin('registrations', 'enable', '--app', 'brand', '--since', since)).stderr).toBe(
        `Cleared: ${guard.refusals} marks, and the flag of app brand\n` +
          `The next call enables the endpoints of these and of ${kept} other registrations\n`,
      );
      expect((await admin('guard', 'list')).stdout).toMatch(/\nbrand +- +20\S+Z +0\n/);
      expect((await callAll()).every(({ accepted }) => accepted)).toBe(true);
      for (const token of extensions.flatMap(tokensOf))
        await world.pushes.next((push) => push.token === token, soon.timeout);
      expect(await marked()).toBe(0);
    });
  });
};
