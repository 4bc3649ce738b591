import { describe, expect, it } from 'vitest';
import { verdictOf } from '../../../lambda/providers/huawei/result-codes.ts';

const token = 'IQAAAACy0-mine';
const verdict = (status: number, body: unknown) =>
  verdictOf({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) }, token);
const coded = (code: string, msg: unknown = 'words', status = 200) =>
  verdict(status, { code, msg: typeof msg === 'string' ? msg : JSON.stringify(msg), requestId: '157' });

describe("Huawei's answer", () => {
  it('with 80000000 alone is success, by its request id', () => {
    expect(coded('80000000')).toEqual({ accepted: '157' });
  });

  it.each([
    ['80100001', 'invalid-notification'],
    ['80100003', 'invalid-notification'],
    ['80100004', 'invalid-notification'],
    ['80100013', 'invalid-notification'],
    ['80200001', 'credential-refused'],
    ['80200003', 'credential-refused'],
    ['80200005', 'credential-refused'],
    ['80300002', 'application-disabled'],
    ['80300007', 'token-refused'],
    ['80300008', 'invalid-notification'],
    ['80300010', 'invalid-notification'],
    ['80300011', 'not-granted'],
    ['80300036', 'credential-refused'],
    ['80300037', 'application-disabled'],
    ['80600003', 'unavailable'],
    ['81000001', 'unavailable'],
  ])('%s means %s, with status 200 and with 400', (code, refused) => {
    expect(coded(code)).toEqual({ refused });
    expect(coded(code, 'words', 400)).toEqual({ refused });
  });

  it.each(['80000001', '80300099', '', 'constructor', '__proto__', 'toString'])(
    '%j, which is unknown, is final, and never costs a token',
    (code) => {
      expect(coded(code)).toEqual({ refused: 'invalid-notification' });
    },
  );

  it.each([
    [401, 'credential-refused'],
    [404, 'application-disabled'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'throttled'],
    [504, 'unavailable'],
  ])('of status %i is judged by it, whatever the body', (status, refused) => {
    for (const body of ['', '<html>', { code: '80000000' }, { code: '80300007' }]) {
      expect(verdict(status, body)).toEqual({ refused });
    }
  });

  it.each(['', 'null', '[]', '5', '<html>', '{}', '{"code":'])(
    'of status 200 that reads %j is none',
    (body) => {
      expect(verdict(200, body)).toEqual({ refused: 'unavailable' });
      expect(verdict(400, body)).toEqual({ refused: 'invalid-notification' });
    },
  );
});

describe('a partial success', () => {
  it('is a refusal where our token is among the illegal ones, and else success', () => {
    const msg = { success: 1, failure: 1 };
    expect(coded('80100000', { ...msg, illegal_tokens: [token] })).toEqual({ refused: 'token-refused' });
    expect(coded('80100000', { ...msg, illegal_tokens: ['another'] })).toEqual({ accepted: '157' });
    expect(coded('80100000', { ...msg, illegalTokens: { noRight: ['another'] } })).toEqual({
      accepted: '157',
    });
    expect(coded('80100000', 'no JSON')).toEqual({ accepted: '157' });
  });
});

describe('tokens that v3 calls illegal', () => {
  it.each([
    ['tokenFormatError', 'token-refused'],
    [' tokenFormatError ', 'token-refused'],
    ['tokenPlatformNotSupport', 'token-refused'],
    ['noRight', 'token-refused'],
    ['noPushTypeRight', 'not-granted'],
    ['countryNotSupport', 'application-disabled'],
    ['disableSendHuaweiMsgBecauseOfPenalty', 'application-disabled'],
    ['appinfoError', 'application-disabled'],
    ['notSupportPlayVoice', 'invalid-notification'],
    ['somethingNew', 'invalid-notification'],
    ['constructor', 'invalid-notification'],
  ])('for %s: %s', (keyword, refused) => {
    const msg = { failure: 1, illegalTokens: { [keyword]: [token] } };
    expect(coded('80300007', msg)).toEqual({ refused });
    expect(coded('80100000', msg)).toEqual({ refused });
  });

  it('have their keyword heeded where all are illegal, though it hides them', () => {
    const msg = { failure: 1, illegalTokens: { noPushTypeRight: ['IQAAAA*******'] } };
    expect(coded('80300007', msg)).toEqual({ refused: 'not-granted' });
  });
});
