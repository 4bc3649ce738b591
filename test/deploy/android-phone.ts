import {
  CreatePlatformEndpointCommand,
  GetEndpointAttributesCommand,
  SetEndpointAttributesCommand,
} from '@aws-sdk/client-sns';
import { expect } from 'vitest';
import { fcmToken } from '../support/builders.ts';
import type { Pbx } from './pbx.ts';
import type { World } from './world.ts';
import { applicationArn } from './world.ts';

const PlatformApplicationArn = applicationArn('GCM', 'demo');

/** An Android phone of the demo app, with a token and an extension by its name. */
export const androidPhone = ({ mobile }: World, extension: string) => {
  const token = fcmToken(extension);
  const arn = async (): Promise<string> => {
    const find = new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: token });
    return (await mobile.send(find)).EndpointArn ?? '';
  };
  return {
    extension,
    token,
    arn,
    register: async (at: Pbx): Promise<void> => {
      const answer = await at.post('/register', { extension, token, platform: 'fcm', app: 'demo' });
      expect(answer).toMatchObject({ status: 200 });
    },
    /** As the operator sees it. */
    device: async (at: Pbx) => {
      const answer = await at.get(`/devices?extension=${extension}`);
      return Object(answer.body['devices'])[0];
    },
    call: async (at: Pbx) => (await at.post('/push_call', { to: extension })).body,
    /** SNS does this before it tells that a token is not valid. */
    disable: async () => {
      const disabled = { EndpointArn: await arn(), Attributes: { Enabled: 'false' } };
      await mobile.send(new SetEndpointAttributesCommand(disabled));
    },
    enabled: async () => {
      const get = new GetEndpointAttributesCommand({ EndpointArn: await arn() });
      return (await mobile.send(get)).Attributes?.['Enabled'] === 'true';
    },
  };
};
export type AndroidPhone = ReturnType<typeof androidPhone>;

const refusedAt = (at: number) => ({
  ...{ disabledReason: 'token-refused', disabledAt: new Date(at).toISOString() },
});
const rings = { devices: 1, accepted: 1 };
const doesNotRing = { devices: 0, accepted: 0, phones: [{ accepted: false, reason: 'token-refused' }] };

export const expectMarked = async (one: AndroidPhone, at: number, seenBy: Pbx) => {
  expect(await one.device(seenBy)).toMatchObject(refusedAt(at));
  expect(await one.call(seenBy)).toMatchObject(doesNotRing);
};
export const expectLeft = async (one: AndroidPhone, seenBy: Pbx) => {
  expect(await one.device(seenBy)).not.toHaveProperty('disabledReason');
  expect(await one.call(seenBy)).toMatchObject(rings);
};
