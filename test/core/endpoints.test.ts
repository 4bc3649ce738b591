import { beforeEach, describe, expect, it } from 'vitest';
import { releaseEndpoint, verifyEndpoint } from '../../lambda/core/endpoints.ts';
import { aRegistration, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const token = fcmToken('ann');
const row = aRegistration({ token });
let core: CorePorts;
let arn: string;
beforeEach(() => {
  core = createCorePorts();
  arn = core.sns.endpointOf(row, token);
});
const release = () => core.time.settle(releaseEndpoint(core.ports, row));

describe('releaseEndpoint', () => {
  it('keeps an endpoint while any row needs it, another line’s and another PBX’s too', async () => {
    for (const user of [row, { ...row, line: 2 }, { ...row, pbxId: 'pbx-2' }]) {
      core = createCorePorts();
      arn = core.sns.endpointOf(row, token);
      await core.seed(user);
      expect(await release()).toBe('kept');
      expect(core.calls).toEqual(['table.ofTokenAnywhere']);
    }
  });

  it('keeps it for a refused row too: the refusal can be undone', async () => {
    await core.seed({ ...row, disabledAt: noon, disabledReason: 'token-refused' });
    expect(await release()).toBe('kept');
  });

  it('deletes it once, and again without harm', async () => {
    for (let n = 0; n < 2; n += 1) {
      expect(await release()).toBe('deleted');
      expect(core.sns.endpoints()).toEqual([]);
    }
  });

  it('deletes the endpoint that SNS has now, whichever the row named, or none', async () => {
    for (const named of [undefined, `${arn}0`]) {
      const released = { ...row, ...(named && { endpointArn: named }) };
      core.sns.endpointOf(row, token);
      expect(await core.time.settle(releaseEndpoint(core.ports, released))).toBe('deleted');
      expect(core.sns.endpoints()).toEqual([]);
    }
  });

  it('deletes the one that the row named where SNS takes the token no more, and is content where there is none', async () => {
    core.sns.refuseToken(token);
    expect(await core.time.settle(releaseEndpoint(core.ports, { ...row, endpointArn: arn }))).toBe('deleted');
    expect(core.sns.endpoints()).toEqual([]);
    expect(await release()).toBe('deleted');
    expect(core.calls.filter((call) => call === 'sns.deleteEndpoint')).toHaveLength(1);
  });

  it('leaves the endpoint of another application, which the row had before it moved, to whoever needs it', async () => {
    const moved = { ...row, app: 'pocket', pbxId: 'pbx-2', endpointArn: arn };
    await core.seed(row);
    core.sns.removeApplication(moved);
    expect(await core.time.settle(releaseEndpoint(core.ports, moved))).toBe('deleted');
    expect(core.sns.endpoints()).toMatchObject([{ arn }]);
  });

  it('asks SNS nothing after its deadline, however often rows come and go', async () => {
    const deadline = noon + 1_000;
    const late: string[] = [];
    const passing = { ...row, pbxId: 'pbx-2' };
    core.sns.intercept(async ({ method }) => {
      if (core.time.clock.now() >= deadline) late.push(method);
      core.time.pass(100);
      await (method === 'deleteEndpoint' ? core.seed(passing) : core.ports.table.remove(passing));
      return undefined;
    });
    await expect(core.time.settle(releaseEndpoint(core.ports, row, deadline))).rejects.toMatchObject({
      reason: 'unavailable',
    });
    expect(late).toEqual([]);
  });

  it('deletes it where the token lives on under another app alone', async () => {
    const other = { ...row, app: 'pocket' };
    await core.seed(other);
    expect(await release()).toBe('deleted');
    expect(core.sns.endpoints()).toMatchObject([{ arn: core.sns.endpointOf(other, token) }]);
  });

  it('gives a row that appeared meanwhile a new one', async () => {
    core.before('sns.deleteEndpoint', () => core.seed({ ...row, pbxId: 'pbx-2', registeredAt: noon - 9 }));
    expect(await release()).toBe('replaced');
    const [endpoint] = core.sns.endpoints();
    expect(endpoint?.arn).not.toBe(arn);
    expect(core.rows()).toMatchObject([{ pbxId: 'pbx-2', endpointArn: endpoint?.arn }]);
  });

  it('leaves none behind where that row has gone again before it was noted', async () => {
    core.before('sns.deleteEndpoint', () => core.seed({ ...row, pbxId: 'pbx-2' }));
    core.before('table.setEndpoint', () => core.ports.table.remove({ ...row, pbxId: 'pbx-2' }));
    await release();
    expect(core.rows()).toEqual([]);
    expect(core.sns.endpoints()).toEqual([]);
  });

  it('makes none for a row that was refused meanwhile', async () => {
    const refused = { ...row, disabledAt: noon, disabledReason: 'token-refused' } as const;
    core.before('sns.deleteEndpoint', () => core.seed(refused));
    expect(await release()).toBe('deleted');
    expect(core.sns.endpoints()).toEqual([]);
  });

  it('repeats what is throttled, and rejects where SNS stays away, so that the stream hands it back', async () => {
    const reasons: ('throttled' | undefined)[] = ['throttled', 'throttled'];
    core.sns.intercept(() => reasons.shift());
    expect(await release()).toBe('deleted');
    core.sns.intercept(() => 'unavailable');
    await expect(release()).rejects.toMatchObject({ reason: 'unavailable' });
  });
});

describe('verifyEndpoint', () => {
  const verify = () => core.time.settle(verifyEndpoint(core.ports, row, core.time.clock.now() + 3_000));

  it('enables an endpoint that SNS had disabled, and notes since when', async () => {
    await core.ports.table.claim(row);
    core.sns.disable(arn);
    for (const request of ['sns.createEndpoint', 'sns.enableEndpoint'] as const) {
      core.before(request, () => core.time.pass(70));
    }
    await verify();
    expect(core.sns.endpoints()).toMatchObject([{ arn, enabled: true }]);
    // A refusal that came in those 140 ms is news about the endpoint just enabled.
    expect(core.rows()).toMatchObject([{ endpointArn: arn, verifiedAt: noon }]);
  });

  it('makes no endpoint anew where enabling failed for another reason than that it is gone', async () => {
    core.sns.intercept(({ method }) => (method === 'enableEndpoint' ? 'not-authorized' : undefined));
    await core.register({ token });
    expect(core.calls.filter((call) => call === 'sns.createEndpoint')).toHaveLength(1);
  });

  it('hands on what the table fails with: nothing is acknowledged', async () => {
    core.before('table.setEndpoint', () => Promise.reject(new Error('no answer')));
    await expect(core.register({ token })).rejects.toThrow('no answer');
  });

  it('goes on asking for 3 seconds where SNS is throttled, and not longer', async () => {
    core.sns.intercept(() => 'throttled');
    await expect(verify()).rejects.toMatchObject({ reason: 'throttled' });
    expect(core.calls.length).toBeGreaterThan(3);
    expect(core.time.clock.now()).toBeLessThan(noon + 3_000);
  });

  it('deletes what it made for a row that is gone', async () => {
    await verify();
    expect(core.rows()).toEqual([]);
    expect(core.sns.endpoints()).toEqual([]);
  });

  it('asks SNS nothing after its deadline, though it has to delete what it made', async () => {
    core.before('table.setEndpoint', () => core.time.pass(3_000));
    await expect(core.time.settle(verifyEndpoint(core.ports, row, noon + 3_000))).rejects.toMatchObject({
      reason: 'unavailable',
    });
    expect(core.calls.filter((call) => call.startsWith('sns.'))).toEqual([
      'sns.createEndpoint',
      'sns.enableEndpoint',
    ]);
  });

  it('leaves a row that was registered since to whoever registered it', async () => {
    await core.seed({ ...row, registeredAt: noon + 1, verifiedAt: noon + 1 });
    await verify();
    expect(core.rows()).toMatchObject([{ verifiedAt: noon + 1 }]);
    expect(core.sns.endpoints()).toHaveLength(1);
  });
});
