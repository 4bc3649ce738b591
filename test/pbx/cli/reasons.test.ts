import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes, pushReasons } from '../../../lambda/core/contract.ts';
import { explainCode, explainReason } from '../../../pbx/src/cli/reasons.ts';

/** Of the client library's and of pns. */
const ownCodes = ['network', 'deadline', 'aborted', 'invalid-answer', 'expired', 'breaker-open', 'cancelled'];
/** What API Gateway answers by itself (docs/openapi.yaml). */
const gatewayCodes = [401, 403, 404, 413, 429, 500, 503].map((status) => `gateway-${status}`);

const isSentence = /^[^.]{10,}.*\.$/;

test.each([...errorCodes, ...ownCodes, ...gatewayCodes])('the code %s has a sentence', (code) => {
  expect(explainCode(code)).toMatch(isSentence);
});

test.each(Object.keys(pushReasons))('the reason %s has a sentence', (reason) => {
  expect(explainReason(reason)).toMatch(isSentence);
});

test('what the client documents as its codes is explained', () => {
  const documented = readFileSync('client/src/errors.ts', 'utf8').matchAll(/^ {3}\* - `([a-z-]+)`/gm);
  const codes = [...documented].map(([, code]) => code ?? '');
  expect(codes.length).toBeGreaterThan(3);
  expect(codes.filter((code) => !isSentence.test(explainCode(code)))).toEqual([]);
});

test('whatever else answers on the way is told apart from the proxy', () => {
  expect(explainCode('gateway-302')).toMatch(/^something on the way .* HTTP status 302\./);
});

test('one of a newer proxy is told as it is', () => {
  expect([explainReason('on-fire'), explainCode('constructor')]).toEqual(['on-fire.', 'constructor.']);
});
