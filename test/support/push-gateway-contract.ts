import { beforeEach, describe, expect, it } from 'vitest';
import type { EndpointGateway, PushGateway, RefusalReason } from '../../lambda/core/ports.ts';
import { PushRefusal } from '../../lambda/core/ports.ts';
import type { SnsApplication } from '../../lambda/core/registration.ts';
import { appleToken, callPush, fcmToken, noon } from './builders.ts';

/** A gateway, and what a test does to the SNS behind it. */
export type GatewaySubject = {
  gateway: EndpointGateway & PushGateway;
  bundleId: string;
  /** Undefined where there is no such endpoint. */
  isEnabled(arn: string): Promise<boolean | undefined>;
  /** SNS after a provider's refusal. */
  disable(arn: string): Promise<void>;
  setApplicationEnabled(application: SnsApplication, enabled: boolean): Promise<void>;
  /** Every request is refused so, until it is called with `undefined`. */
  refuse(reason: 'throttled' | 'unavailable' | 'not-authorized' | undefined): void;
  /** The pushes that have come through to a phone, by token and call. */
  delivered(): Promise<{ token: string; uuid: string }[]>;
};

/** The applications that a subject must have: `demo` everywhere, `demo-2` at Google. */
export const applications = [
  { app: 'demo', platform: 'fcm', environment: 'production' },
  { app: 'demo-2', platform: 'fcm', environment: 'production' },
  { app: 'demo', platform: 'apns-voip', environment: 'production' },
  { app: 'demo', platform: 'apns-voip', environment: 'sandbox' },
  { app: 'demo', platform: 'apns', environment: 'production' },
] as const satisfies readonly SnsApplication[];
const [google, second, voip, voipSandbox, alerts] = applications;
/** And one that it must not have. */
export const absent = { app: 'absent', platform: 'fcm', environment: 'production' } as const;

let serial = 0;
/** Suites share one SNS: each test has tokens and calls of its own. */
const fresh = () => {
  serial += 1;
  const uuid = `7c1f3f0a-5f0e-4f7e-9d2b-${String(serial).padStart(12, '0')}`;
  return { token: fcmToken(`gateway-${serial}`), apple: appleToken(`gateway-${serial}`), uuid };
};

/** What core relies on of a PushGateway, whatever stands behind it. */
export const describePushGateway = (name: string, subject: () => GatewaySubject): void => {
  const pushOf = (platform: SnsApplication['platform'], uuid: string) => {
    const call = { uuid, callee: '101', pbxId: 'pbx-1', sentAt: noon, expiresAt: noon + 30_000 };
    return callPush(platform, { fcm: true, bundleId: subject().bundleId }, call, 30);
  };
  const publish = (
    arn: string,
    platform: SnsApplication['platform'],
    uuid: string,
    signal = new AbortController().signal,
  ) => subject().gateway.publish({ endpointArn: arn }, pushOf(platform, uuid), signal);
  const create = (application: SnsApplication, token: string) =>
    subject().gateway.createEndpoint(application, token);
  const deliveriesOf = async (uuid: string) =>
    (await subject().delivered()).filter((push) => push.uuid === uuid);
  const refusal = async (request: Promise<unknown>): Promise<RefusalReason> => {
    const error = await request.then(
      () => new Error('it was not refused'),
      (thrown: unknown) => thrown,
    );
    if (error instanceof PushRefusal) return error.reason;
    throw error;
  };

  describe(`push gateway: ${name}`, () => {
    beforeEach(() => subject().refuse(undefined));

    it('makes an endpoint, enabled, and finds it again for the same token', async () => {
      const { token } = fresh();
      const arn = await create(google, token);
      expect(await subject().isEnabled(arn)).toBe(true);
      expect(await create(google, token)).toBe(arn);
      expect(await create(google, fresh().token)).not.toBe(arn);
    });

    it('has an endpoint for each application that a token is made for', async () => {
      const { token, apple } = fresh();
      expect(await create(second, token)).not.toBe(await create(google, token));
      const arns = [voip, voipSandbox, alerts].map((application) => create(application, apple));
      expect(new Set(await Promise.all(arns)).size).toBe(3);
    });

    it('takes Apple’s token in any case for one, and Google’s for another', async () => {
      const { token, apple } = fresh();
      expect(await create(voip, apple.toUpperCase())).toBe(await create(voip, apple));
      expect(await create(google, token.toUpperCase())).not.toBe(await create(google, token));
    });

    it('tells which application an endpoint belongs to', async () => {
      const { token, apple } = fresh();
      const { gateway } = subject();
      const endpoints = await Promise.all([
        create(google, token),
        create(second, token),
        ...[voip, voipSandbox, alerts].map((application) => create(application, apple)),
      ]);
      for (const [index, arn] of endpoints.entries()) {
        const owners = applications.filter((application) => gateway.belongs(arn, application));
        expect(owners).toEqual([applications[index]]);
      }
      expect(gateway.belongs('', google)).toBe(false);
    });

    it('has one of Google’s endpoints in either environment: Google has no sandbox', async () => {
      const { token } = fresh();
      const sandboxed = { ...google, environment: 'sandbox' } as const;
      const arn = await create(google, token);
      expect(await create(sandboxed, token)).toBe(arn);
      expect(subject().gateway.belongs(arn, sandboxed)).toBe(true);
    });

    it('finds a disabled endpoint and leaves it disabled, until it is told to enable it', async () => {
      const { token } = fresh();
      const arn = await create(google, token);
      await subject().disable(arn);
      expect(await create(google, token)).toBe(arn);
      expect(await subject().isEnabled(arn)).toBe(false);
      await subject().gateway.enableEndpoint(arn);
      expect(await subject().isEnabled(arn)).toBe(true);
    });

    it('deletes an endpoint, and again without an error; afterwards it is missing', async () => {
      const { token, uuid } = fresh();
      const { gateway } = subject();
      const arn = await create(google, token);
      await gateway.deleteEndpoint(arn);
      await gateway.deleteEndpoint(arn);
      expect(await subject().isEnabled(arn)).toBeUndefined();
      expect(await refusal(gateway.enableEndpoint(arn))).toBe('endpoint-missing');
      expect(await refusal(publish(arn, 'fcm', uuid))).toBe('endpoint-missing');
      expect(await create(google, token)).not.toBe(arn);
      expect(await deliveriesOf(uuid)).toEqual([]);
    });

    it.each([
      ['Google', google],
      ['Apple’s calls', voip],
      ['Apple’s calls in the sandbox', voipSandbox],
      ['Apple’s alerts', alerts],
    ] as const)('hands a push over once: %s', async (_, application) => {
      const { token, apple, uuid } = fresh();
      const held = application.platform === 'fcm' ? token : apple;
      const messageId = await publish(await create(application, held), application.platform, uuid);
      expect(messageId).toMatch(/./);
      expect(await deliveriesOf(uuid)).toEqual([{ token: held, uuid }]);
    });

    it('sends nothing to a disabled endpoint', async () => {
      const { token, uuid } = fresh();
      const arn = await create(google, token);
      await subject().disable(arn);
      expect(await refusal(publish(arn, 'fcm', uuid))).toBe('endpoint-disabled');
      expect(await deliveriesOf(uuid)).toEqual([]);
    });

    it('sends nothing over a disabled application, and costs no endpoint by it', async () => {
      const { token, uuid } = fresh();
      const arn = await create(second, token);
      await subject().setApplicationEnabled(second, false);
      expect(await refusal(publish(arn, 'fcm', uuid))).toBe('application-disabled');
      await subject().setApplicationEnabled(second, true);
      expect(await subject().isEnabled(arn)).toBe(true);
      expect(await deliveriesOf(uuid)).toEqual([]);
      await publish(arn, 'fcm', uuid);
      expect(await deliveriesOf(uuid)).toHaveLength(1);
    });

    it('makes nothing for an application that is not there: an operator must act', async () => {
      expect(await refusal(create(absent, fresh().token))).toBe('application-disabled');
    });

    it.each([
      ['Apple’s that is not hex', voip, 'not-hex'],
      ['Apple’s of 401 digits', voip, 'a'.repeat(401)],
      ['Google’s of 8,193 bytes', google, 'g'.repeat(8_193)],
    ] as const)('refuses a token: %s', async (_, application, token) => {
      expect(await refusal(create(application, token))).toBe('invalid-token');
    });

    it.each(['throttled', 'unavailable', 'not-authorized'] as const)(
      'tells of every request that SNS was %s, and has done nothing',
      async (reason) => {
        const { token, uuid } = fresh();
        const { gateway, refuse, isEnabled, disable } = subject();
        const arn = await create(google, token);
        await disable(arn);
        refuse(reason);
        expect(await refusal(create(google, fresh().token))).toBe(reason);
        expect(await refusal(gateway.enableEndpoint(arn))).toBe(reason);
        expect(await refusal(gateway.deleteEndpoint(arn))).toBe(reason);
        expect(await refusal(publish(arn, 'fcm', uuid))).toBe(reason);
        refuse(undefined);
        expect(await isEnabled(arn)).toBe(false);
        expect(await deliveriesOf(uuid)).toEqual([]);
      },
    );

    it('sends nothing once its signal is aborted', async () => {
      const { token, uuid } = fresh();
      const arn = await create(google, token);
      expect(await refusal(publish(arn, 'fcm', uuid, AbortSignal.abort()))).toBe('unavailable');
      expect(await deliveriesOf(uuid)).toEqual([]);
    });

    it('puts no token into its refusals', async () => {
      const token = `not-hex-${fresh().token}`;
      const error: unknown = await create(voip, token).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PushRefusal);
      expect(String(error)).not.toContain(token);
    });
  });
};
