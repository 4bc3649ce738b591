import { describe, expect, it } from 'vitest';
import type { InviteShape } from '../../../pbx/src/doctor/invite-size.ts';
import { estimateInvite } from '../../../pbx/src/doctor/invite-size.ts';

const shape = (codecs: string, changes: Partial<InviteShape> = {}): InviteShape => ({
  codecs: codecs.split(','),
  ice: false,
  encryption: 'none',
  rtcpMux: false,
  contact: 'sip:101@127.0.0.1:36567;ob',
  addresses: ['192.0.2.2', 'fd00::2', 'fe80::fc:ff:fe00:1'],
  ...changes,
});
const all = 'opus,g722,alaw,ulaw,gsm,vp8,h264';

/** X-PNS-Call-UUID, which the measured ones had not. */
const callUuid = 55;

describe('INVITEs of Asterisk 22.10.1 to a phone on loopback, in bytes', () => {
  it.each<[string, Partial<InviteShape>, number, number?]>([
    ['ulaw', {}, 881],
    ['opus', {}, 944],
    ['opus,ulaw', {}, 970],
    ['g722,alaw,ulaw', {}, 931],
    ['gsm,ulaw,alaw,g726,adpcm,g722,g729', {}, 1_035],
    ['ulaw', { encryption: 'sdes' }, 965],
    ['ulaw', { ice: true }, 1_375],
    ['ulaw', { ice: true, encryption: 'dtls' }, 1_539],
    ['ulaw,vp8', {}, 881, 945],
    ['ulaw,h264,h263p', {}, 881, 978],
    [all, { ice: true, encryption: 'sdes' }, 1_620, 2_288],
  ])('%s %o', (codecs, changes, voice, video) => {
    const estimate = estimateInvite(shape(codecs, changes));
    const isClose = (given: number | undefined, measured: number) =>
      Math.abs((given ?? 0) - measured - callUuid) <= 0.02 * measured;
    expect([estimate.voice, voice, isClose(estimate.voice, voice)]).toContain(true);
    expect(estimate.video === undefined).toBe(video === undefined);
    if (video !== undefined) expect([estimate.video, video, isClose(estimate.video, video)]).toContain(true);
  });
});

it('meets what calls through it measured', () => {
  const addresses = ['192.0.2.22'];
  expect(estimateInvite(shape('alaw', { addresses })).voice).toBeCloseTo(940, -1);
  const { voice } = estimateInvite(shape(all, { addresses, ice: true, encryption: 'sdes' }));
  expect(voice).toBeGreaterThanOrEqual(1_354);
  expect(voice).toBeLessThanOrEqual(1_420);
});
