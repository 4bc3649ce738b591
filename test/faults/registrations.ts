import { expect } from 'vitest';
import type { Operation } from './operation.ts';
import type { Subject } from './subject.ts';
import { patiently } from './subject.ts';
import { registrationsPerExtension } from './world.ts';

const verify = ['CreatePlatformEndpoint', 'SetEndpointAttributes', 'UpdateItem'];
/** What the stream does where nobody needs the endpoint any more. */
const release = ['Query', 'CreatePlatformEndpoint', 'DeleteEndpoint', 'Query'];

const ringsAndIsWhole = async (subject: Subject, token: string) => {
  await subject.expectRings(token);
  await subject.expectWhole(token);
};

const asVoip = ({ voip }: Subject, environment: string) => ({
  token: voip,
  platform: 'apns-voip',
  deviceId: 'iphone',
  environment,
});

/** A provider refuses the token, and feedback marks the row. */
const refuse = async (subject: Subject): Promise<void> => {
  const { world, token } = subject;
  await subject.registered();
  world.setFault(token, 'UNREGISTERED');
  await patiently(
    () => subject.call(crypto.randomUUID()),
    ({ body }) => body['accepted'] === 1,
  );
  await subject.becomesRefused();
};

/** `/register`, `/update`, `/delete`: what writes registrations. */
export const registrationOperations: readonly Operation[] = [
  {
    name: 'register, a new phone',
    asks: ['UpdateItem', ...verify, 'Query'],
    prepare: async () => undefined,
    act: (subject) => subject.register(),
    acknowledged: (subject) => ringsAndIsWhole(subject, subject.token),
  },
  {
    name: 'register, a phone that is known',
    asks: ['UpdateItem', 'Query'],
    prepare: (subject) => subject.registered(),
    act: (subject) => subject.register(),
    meanwhile: (subject) => subject.expectRings(subject.token),
    acknowledged: (subject) => ringsAndIsWhole(subject, subject.token),
  },
  {
    name: 'register, a phone that was refused',
    asks: ['UpdateItem', ...verify, 'Query'],
    prepare: async (subject) => {
      await refuse(subject);
      subject.world.clearFault(subject.token);
    },
    act: (subject) => subject.register(),
    acknowledged: (subject) => ringsAndIsWhole(subject, subject.token),
  },
  {
    name: 'register, a token that moves to another application',
    asks: ['UpdateItem', ...verify, ...release, 'Query'],
    prepare: (subject) => subject.registered(asVoip(subject, 'sandbox')),
    act: (subject) => subject.register(asVoip(subject, 'production')),
    mayLeave: ({ voip }) => voip,
    // A push would make the token one of the sandbox for Apple.
    meanwhile: async (subject) => {
      const [device, ...more] = await subject.devices();
      expect(more).toEqual([]);
      expect(device).not.toHaveProperty('disabledAt');
    },
    acknowledged: (subject) => ringsAndIsWhole(subject, subject.voip),
  },
  {
    name: 'register, one phone too many',
    asks: ['UpdateItem', ...verify, 'Query', 'DeleteItem'],
    after: release,
    prepare: async (subject) => {
      for (const token of subject.others.slice(0, registrationsPerExtension))
        await subject.registered({ token });
    },
    act: (subject) => subject.register(),
    acknowledged: async (subject) => {
      const [oldest = '', ...kept] = subject.others;
      await subject.expectRings(...kept, subject.token);
      await subject.expectGone(oldest);
    },
  },
  {
    name: 'update',
    asks: ['Query', 'Query', 'UpdateItem', ...verify, 'DeleteItem', 'Query', ...release],
    prepare: (subject) => subject.registered(),
    act: ({ pbx, token, newToken }) => pbx.post('/update', { oldToken: token, newToken }),
    meanwhile: async (subject) => {
      const uuid = crypto.randomUUID();
      const { body } = await patiently(
        () => subject.call(uuid),
        ({ body }) => Number(body['accepted']) > 0,
      );
      expect(body['accepted']).toBeGreaterThan(0);
    },
    acknowledged: async (subject, { body }) => {
      expect(body).toEqual({ updated: 1 });
      await ringsAndIsWhole(subject, subject.newToken);
      await subject.expectGone(subject.token);
    },
  },
  {
    name: 'delete, by token',
    asks: ['Query', 'DeleteItem', ...release],
    prepare: (subject) => subject.registered(),
    act: ({ pbx, token }) => pbx.post('/delete', { token }),
    acknowledged: async (subject) => {
      await subject.expectRings();
      await subject.expectGone(subject.token);
    },
  },
  {
    name: 'delete, by extension',
    asks: ['Query', 'DeleteItem'],
    after: release,
    prepare: (subject) => subject.registered(),
    act: ({ pbx, extension }) => pbx.post('/delete', { extension }),
    acknowledged: async (subject) => {
      await subject.expectRings();
      await subject.expectGone(subject.token);
    },
  },
];
