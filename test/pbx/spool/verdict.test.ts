import { PnsProxyError } from 'pns-proxy-client';
import { describe, expect, it } from 'vitest';
import { SpoolError } from '../../../pbx/src/spool/spool-error.ts';
import { failureOf, mayStillHappen, verdictOf } from '../../../pbx/src/spool/verdict.ts';

const error = (code: string, given: { status?: number; retryable?: boolean; unknown?: boolean } = {}) =>
  new PnsProxyError(`ended in ${code}`, { retryable: false, unknown: false, attempts: 1, ...given, code });

describe('verdictOf', () => {
  it.each([
    ['invalid-json', 400],
    ['invalid-request', 400],
    ['invalid-token', 400],
    ['unknown-app', 400],
    ['platform-not-served', 400],
    ['app-not-allowed', 403],
    ['body-too-large', 413],
    ['a-code-of-a-newer-proxy', 422],
  ])('refused for good: %s', (code, status) => {
    expect(verdictOf(error(code, { status }))).toBe('refused');
  });

  it('an update of unknown tokens is a finding', () => {
    expect(verdictOf(error('unknown-token', { status: 404 }))).toBe('found-nothing');
  });

  it.each([401, 403])('the key: gateway-%i', (status) => {
    expect(verdictOf(error(`gateway-${status}`, { status }))).toBe('key');
  });

  it.each<[string, PnsProxyError]>([
    ['no connection', error('network', { retryable: true })],
    ['no answer', error('timeout', { retryable: true, unknown: true })],
    ['the breaker', error('breaker-open', { retryable: true })],
    ['a redirect to a captive portal', error('gateway-302', { status: 302 })],
    ['a wrong address', error('gateway-404', { status: 404 })],
    ['a limit of the gateway’s', error('gateway-413', { status: 413 })],
    ['too many', error('gateway-429', { status: 429, retryable: true })],
    ['too many of a PBX', error('too-many-calls', { status: 429, retryable: true })],
    ['no capacity', error('unavailable', { status: 503, retryable: true })],
    ['a fault of the functions', error('internal', { status: 500 })],
    ['garbage', error('invalid-answer', { status: 200 })],
    ['garbage with a 4xx', error('invalid-answer', { status: 400 })],
  ])('later: %s', (_, ended) => {
    expect(verdictOf(ended)).toBe('later');
  });

  it('later: whatever else is thrown', () => {
    expect(verdictOf(new TypeError('a token'))).toBe('later');
    expect(verdictOf('a token')).toBe('later');
  });
});

it.each<[boolean, string, unknown]>([
  [true, 'no answer', error('timeout', { unknown: true })],
  [true, 'the gateway waited no longer', error('gateway-503', { status: 503, unknown: true })],
  [true, 'an answer of somebody’s', error('invalid-answer', { status: 200, unknown: true })],
  [true, 'anything else', new Error('what?')],
  [false, 'nothing was sent', error('network')],
  [false, 'the function has answered', error('unavailable', { status: 503, unknown: true })],
])('mayStillHappen: %s where %s', (expected, _, ended) => {
  expect(mayStillHappen(ended)).toBe(expected);
});

it('failureOf tells an unexpected error by its name alone', () => {
  expect(failureOf(new TypeError('token abc'))).toEqual({ code: 'internal', detail: 'TypeError' });
  expect(failureOf('token abc')).toEqual({ code: 'internal', detail: 'not an error' });
  expect(failureOf(new SpoolError('full', 'no room'))).toEqual({ code: 'spool-full', detail: 'no room' });
});
