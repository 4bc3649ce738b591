import { beforeAll, describe, expect, it } from 'vitest';
import type { AndroidPhone } from './android-phone.ts';
import { androidPhone, expectLeft, expectMarked } from './android-phone.ts';
import { failureTopicOf } from './delivery-failures.ts';
import type { Deployed } from './deployed.ts';
import type { Pbx } from './pbx.ts';
import { notAllowed } from './sns-refusals.ts';
import type { World } from './world.ts';

let world: World;
let pbx: Pbx;
let other: Pbx;
let topic: Awaited<ReturnType<typeof failureTopicOf>>;
const phone = (name: string): AndroidPhone => androidPhone(world, name);

/** What SNS tells of pushes that it could not deliver, and the table afterwards. */
export const describeFeedback = (deployed: () => Deployed): void => {
  beforeAll(async () => {
    const { endpoint, outputs, addKey } = deployed();
    world = deployed().world;
    pbx = endpoint.withKey(await addKey('--pbx', 'pbx-feedback-1'));
    other = endpoint.withKey(await addKey('--pbx', 'pbx-feedback-2'));
    topic = await failureTopicOf(world, String(outputs['FeedbackLog']));
  });

  /** Amazon SNS developer guide, "FCM delivery failure events" and "FCM endpoint management"; the last two, wire-server. */
  describe('what SNS tells of a push', () => {
    it.each([
      ['InvalidPlatformToken', 'UNREGISTERED', 'marked'],
      ['InvalidPlatformToken', 'SENDER_ID_MISMATCH', 'marked'],
      ['EndpointDisabled', 'an endpoint disabled meanwhile', 'marked'],
      ['InvalidNotification', 'INVALID_ARGUMENT', 'left'],
      ['InvalidNotification', 'PERMISSION_DENIED', 'left'],
      ['DependencyUnavailable', 'UNAVAILABLE', 'left'],
      ['UnexpectedFailure', 'INTERNAL', 'left'],
      ['Throttled', 'QUOTA_EXCEEDED', 'left'],
      ['InvalidCredentials', 'THIRD_PARTY_AUTH_ERROR', 'left'],
      ['DeliveryFailedPerm', 'a failure for good', 'left'],
      ['NotificationTTLExpired', 'a push that came too late', 'left'],
      ['SomethingNew', 'what nobody knows yet', 'left'],
    ])('%s, for %s: the row is %s', async (type, cause, becomes) => {
      const one = phone(`${type}-${cause.replace(/\W/g, '')}`);
      await one.register(pbx);
      if (becomes === 'marked') await one.disable();
      const at = Date.now();
      await topic.tell({ type, at, endpointArn: await one.arn() });
      await (becomes === 'marked' ? expectMarked(one, at, pbx) : expectLeft(one, pbx));
    });

    it.each([
      ['EndpointUpdated event for app pns-demo (GCM)', { EventType: 'EndpointUpdated' }],
      ['EndpointCreated event for app pns-demo (GCM)', { EventType: 'EndpointCreated' }],
      ['AWS Notification', 'no JSON'],
    ])('%s is none of it', async (subject, message) => {
      const one = phone(`other-${subject.split(' ')[0]}`);
      await one.register(pbx);
      const event = { EndpointArn: await one.arn(), Time: new Date().toISOString(), Service: 'SNS' };
      await topic.tellOf(
        subject,
        typeof message === 'string' ? message : JSON.stringify({ ...event, ...message }),
      );
      await expectLeft(one, pbx);
    });
  });

  describe('what SNS tells out of turn does no harm', () => {
    const refused = 'InvalidPlatformToken';

    it('late: the phone has registered since', async () => {
      const one = phone('late');
      await one.register(pbx);
      await one.disable();
      const at = Date.now();
      await one.register(pbx);
      await topic.tell({ type: refused, at, endpointArn: await one.arn() });
      expect(await one.enabled()).toBe(true);
      await expectLeft(one, pbx);
    });

    it('early: the row has no endpoint yet', async () => {
      const one = phone('early');
      world.refusals.set('CreatePlatformEndpoint', notAllowed);
      await one.register(pbx);
      world.refusals.clear();
      await one.disable();
      await topic.tell({ type: refused, at: Date.now(), endpointArn: await one.arn() });
      await expectLeft(one, pbx);
      expect(await one.enabled()).toBe(true);
    });

    it('early: while the row is given its endpoint', async () => {
      const one = phone('earlier');
      const at = Date.now() - 60_000;
      // The first write claims the row, the second notes the endpoint.
      world.tableDoor.held.set('UpdateItem', async () => {
        world.tableDoor.held.set('UpdateItem', async () =>
          topic.tell({ type: refused, at, endpointArn: await one.arn() }),
        );
      });
      await one.register(pbx);
      expect(world.tableDoor.held.size).toBe(0);
      await expectLeft(one, pbx);
    });

    it('repeated: at once, later, and after the phone has registered anew', async () => {
      const one = phone('repeated');
      await one.register(pbx);
      await one.disable();
      const failure = {
        type: refused,
        at: Date.now(),
        endpointArn: await one.arn(),
        messageId: 'repeated-1',
      };
      await topic.tell(failure, 3);
      await expectMarked(one, failure.at, pbx);
      await topic.tell(failure);
      await expectMarked(one, failure.at, pbx);
      await one.register(pbx);
      await topic.tell(failure);
      await expectLeft(one, pbx);
    });

    it('out of order: the older one last', async () => {
      const one = phone('reordered');
      await one.register(pbx);
      const older = Date.now();
      await one.register(pbx);
      await one.disable();
      const newer = Date.now();
      const endpointArn = await one.arn();
      await topic.tell({ type: refused, at: newer, endpointArn });
      await topic.tell({ type: refused, at: older, endpointArn });
      await expectMarked(one, newer, pbx);
      expect(await one.enabled()).toBe(false);
    });

    it('to a PBX of two with one token, of which the other has registered since', async () => {
      const one = phone('shared');
      await one.register(pbx);
      await one.disable();
      const at = Date.now();
      await one.register(other);
      await topic.tell({ type: refused, at, endpointArn: await one.arn() });
      await expectMarked(one, at, pbx);
      await expectLeft(one, other);
    });
  });
};
