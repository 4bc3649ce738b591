import { SetPlatformApplicationAttributesCommand } from '@aws-sdk/client-sns';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PushReason } from '../../lambda/core/contract.ts';
import { pushReasons } from '../../lambda/core/contract.ts';
import { invalid, SnsError } from '../../local/sns/errors.ts';
import { appleToken, aSubscription } from '../support/builders.ts';
import type { AndroidPhone } from './android-phone.ts';
import { androidPhone } from './android-phone.ts';
import type { Deployed } from './deployed.ts';
import type { Pbx } from './pbx.ts';
import { notAllowed, tokenRefused } from './sns-refusals.ts';
import type { World } from './world.ts';
import { applicationArn } from './world.ts';

type Subject = { world: World; pbx: Pbx; tableName: string };

/** As long as it takes a function to find out that a provider is down, or no longer. */
const slowly = { timeout: 20_000, interval: 1_000 };

const PlatformApplicationArn = applicationArn('GCM', 'demo');

/** What is done before a phone, whose extension is the reason's name, is called. */
type Preparation = (subject: Subject, phone: AndroidPhone) => Promise<unknown>;

const registered: Preparation = ({ pbx }, phone) => phone.register(pbx);

/** SNS could not be asked, so that a call makes the endpoint. */
const withoutEndpoint: Preparation = async (subject, phone) => {
  subject.world.refusals.set('CreatePlatformEndpoint', notAllowed);
  await registered(subject, phone);
  subject.world.refusals.clear();
};

const refusing =
  (action: string, error: SnsError, before: Preparation = registered): Preparation =>
  async (subject, phone) => {
    await before(subject, phone);
    subject.world.refusals.set(action, error);
  };

const registeredAs =
  (token: string, more: object): Preparation =>
  async ({ pbx }, { extension }) =>
    expect(await pbx.post('/register', { extension, token, app: 'demo', ...more })).toMatchObject({
      status: 200,
    });

/** Each reason of the contract, but for one: there is no push service here that a deployment may ask, and be refused by. */
type Provoked = Exclude<PushReason, 'push-service-refused'>;

/** One that is missing does not compile. */
const preparations: Record<Provoked, Preparation> = {
  expired: registered,
  'endpoint-disabled': async (subject, phone) => {
    await registered(subject, phone);
    await phone.disable();
  },
  'token-refused': async (subject, phone) => {
    const { pbx, world } = subject;
    await registered(subject, phone);
    world.faults.set({ token: phone.token }, 'UNREGISTERED');
    await phone.call(pbx);
    const device = () => phone.device(pbx);
    await expect.poll(device, { timeout: 20_000 }).toMatchObject({ disabledReason: 'token-refused' });
  },
  'invalid-token': refusing('CreatePlatformEndpoint', tokenRefused, withoutEndpoint),
  'registration-changed': async (subject, phone) => {
    await withoutEndpoint(subject, phone);
    const { token } = phone;
    subject.world.tableDoor.held.set('UpdateItem', () => subject.pbx.post('/delete', { token }));
  },
  'platform-not-served': async (subject, phone) => {
    const { world, tableName } = subject;
    await registered(subject, phone);
    const rows = await world.itemsOf(tableName);
    const row = rows.find((item) => item['token']?.S === phone.token);
    // As one that was registered before its app left the settings.
    await world.putItems(tableName, [{ ...row, app: { S: 'former' } }]);
  },
  'application-disabled': async (subject, phone) => {
    await registered(subject, phone);
    const disabled = { PlatformApplicationArn, Attributes: { Enabled: 'false' } };
    await subject.world.mobile.send(new SetPlatformApplicationAttributesCommand(disabled));
  },
  'invalid-notification': refusing('Publish', invalid('Message', 'Invalid notification for protocol GCM')),
  'not-authorized': refusing('Publish', notAllowed),
  'address-not-public': registeredAs(aSubscription('within', 'https://127.0.0.1:9001'), {
    platform: 'webpush',
  }),
  'no-token-for-calls': registeredAs(appleToken('messages'), { platform: 'apns', deviceId: 'messages' }),
  'no-token-for-messages': registeredAs(appleToken('calls'), { platform: 'apns-voip', deviceId: 'calls' }),
  'provider-down': async (subject, phone) => {
    await refusing('Publish', new SnsError('InternalError', 'Internal Error'))(subject, phone);
    const called = () => phone.call(subject.pbx);
    await expect.poll(called, slowly).toMatchObject({ phones: [{ reason: 'provider-down' }] });
  },
  throttled: refusing('Publish', new SnsError('Throttled', 'Rate exceeded')),
  unavailable: refusing('Publish', new SnsError('InternalError', 'Internal Error')),
};

const requestOf = (reason: PushReason): [path: string, body: object] => {
  if (reason === 'no-token-for-messages')
    return ['/push_message', { to: reason, from: '102', kind: 'message' }];
  return ['/push_call', { to: reason, ringSeconds: reason === 'expired' ? 2 : 5 }];
};

/** Every reason why no push is taken for a phone, as a PBX sees it. */
export const describePushRefusals = (deployed: () => Deployed): void => {
  describe('a push that is not taken says why', () => {
    let subject: Subject;
    /** A phone of another PBX, whose calls are not counted as this one's. */
    let well: AndroidPhone;
    let other: Pbx;
    beforeAll(async () => {
      const { world, endpoint, outputs, addKey } = deployed();
      const pbx = endpoint.withKey(await addKey('--pbx', 'pbx-reasons'));
      subject = { world, pbx, tableName: String(outputs['TableName']) };
      other = endpoint.withKey(await addKey('--pbx', 'pbx-well'));
      well = androidPhone(world, 'well');
      await well.register(other);
    });
    afterEach(async () => {
      const { world } = subject;
      world.refusals.clear();
      world.faults.clear();
      const enabled = { PlatformApplicationArn, Attributes: { Enabled: 'true' } };
      await world.mobile.send(new SetPlatformApplicationAttributesCommand(enabled));
      // Where SNS was down, functions ask it again after 10 s at the latest.
      await expect.poll(() => well.call(other), slowly).toMatchObject({ accepted: 1 });
    }, 30_000);

    it.each(Object.keys(preparations) as Provoked[])('%s', async (reason) => {
      await preparations[reason](subject, androidPhone(subject.world, reason));
      const { body } = await subject.pbx.post(...requestOf(reason));
      const { retryable } = pushReasons[reason];
      expect(body).toMatchObject({ accepted: 0, phones: [{ accepted: false, reason, retryable }] });
    });
  });
};
