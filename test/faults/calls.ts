import { expect } from 'vitest';
import type { Answer } from '../local/support.ts';
import type { Operation } from './operation.ts';
import type { Subject } from './subject.ts';

const uuidOf = ({ name }: Subject): string => `c0ffee00-0000-4000-8000-0000000${name.slice(2)}`;

const act = (subject: Subject) => subject.call(uuidOf(subject));

const acceptedAll = ({ status, body }: Answer): boolean =>
  status === 200 && body['accepted'] === body['devices'];

const storedEndpoint = async ({ world, token }: Subject) => {
  const [row] = await world.aws.rowsOf(token);
  if (row?.endpointArn === undefined) throw new Error('the row names no endpoint');
  return { row, endpointArn: row.endpointArn };
};

const both = async (subject: Subject) => {
  await subject.registered();
  await subject.hasIphone();
};

/** All faults of one request leave time for a second try before the answer is due. */
const call = (name: string, asks: string[], prepare: Operation['prepare']): Operation => ({
  name: `call, ${name}`,
  asks,
  prepare,
  act,
  isDone: acceptedAll,
  answered: (answer, { kind }, isPlain) => {
    if (answer.status === 200) {
      // What fails for one phone fails for no other.
      const phones = answer.body['phones'] as Record<string, unknown>[];
      expect(phones).toContainEqual(expect.objectContaining({ deviceId: 'iphone', accepted: true }));
      for (const phone of phones) if (phone['accepted'] !== true) expect(phone['retryable']).toBe(true);
    }
    if (isPlain && !kind.startsWith('crash')) expect(acceptedAll(answer)).toBe(true);
  },
  meanwhile: async (subject) => expect(await subject.devices()).toHaveLength(2),
  acknowledged: async (subject) => {
    await Promise.all([subject.token, subject.iphone].map((one) => subject.arrives(one, uuidOf(subject))));
    await subject.expectWhole(subject.token);
    await subject.expectRings(subject.token, subject.iphone);
  },
});

/** `/push_call`, in each state that a phone can be in. */
export const callOperations: readonly Operation[] = [
  call('two phones', ['Query', 'Publish'], both),
  call(
    'a phone without an endpoint',
    ['Query', 'CreatePlatformEndpoint', 'UpdateItem', 'Publish'],
    async (subject) => {
      await both(subject);
      const { row, endpointArn } = await storedEndpoint(subject);
      await subject.world.aws.forgetEndpoint(row);
      await subject.world.aws.deleteEndpoint(endpointArn);
    },
  ),
  call(
    'a phone whose endpoint is gone',
    ['Query', 'Publish', 'CreatePlatformEndpoint', 'UpdateItem', 'Publish'],
    async (subject) => {
      await both(subject);
      const { endpointArn } = await storedEndpoint(subject);
      await subject.world.aws.deleteEndpoint(endpointArn);
    },
  ),
  call(
    'a phone that registered again on a disabled endpoint',
    ['Query', 'Publish', 'SetEndpointAttributes', 'UpdateItem', 'Publish'],
    async (subject) => {
      await both(subject);
      const { endpointArn } = await storedEndpoint(subject);
      await subject.world.aws.disableEndpoint(endpointArn);
      await subject.registered();
    },
  ),
  {
    name: 'call, a phone that its provider refuses',
    // The flag, the count and the mark come last.
    asks: ['Query', 'Publish', 'Query', 'GetItem', 'Query', 'UpdateItem', 'UpdateItem'],
    apart: true,
    prepare: async (subject) => {
      // Functions that run already have looked at the fleet guard's flag a moment ago.
      await subject.world.crash();
      subject.watch.learn('GUARD#');
      await subject.registered();
      subject.world.setFault(subject.token, 'UNREGISTERED');
    },
    act,
    isDone: acceptedAll,
    acknowledged: async (subject) => {
      await subject.becomesRefused();
      subject.world.clearFault(subject.token);
      await subject.registered();
      await subject.expectRings(subject.token);
      await subject.expectWhole(subject.token);
    },
  },
];
