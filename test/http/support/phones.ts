import { expect } from 'vitest';
import type { Registration } from '../../../lambda/core/registration.ts';
import { aRegistration, fcmToken } from '../../support/builders.ts';
import { createEndpoint } from './endpoint.ts';

export const here = fcmToken('here');
export const elsewhere = fcmToken('elsewhere');

/** Registered long ago, and good for a while. */
export const live = (changes: Partial<Registration> & { token: string }): Registration =>
  aRegistration({ registeredAt: 0, expiresAt: Date.now() + 3_600_000, ...changes });

/** One phone of each of two apps at the asking PBX, and one at another PBX, all extension 101. */
export const registrations = [
  live({ token: here }),
  live({ token: fcmToken('droid'), app: 'droid' }),
  live({ token: elsewhere, pbxId: 'pbx-2' }),
];

/** Nothing stored, nothing asked of SNS, nothing sent. */
export const expectNothingDone = (endpoint: ReturnType<typeof createEndpoint>): void => {
  expect(endpoint.rows()).toEqual(createEndpoint({ registrations }).rows());
  expect(endpoint.endpoints()).toEqual([]);
  expect(endpoint.published).toEqual([]);
};
