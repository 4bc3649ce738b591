import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explain, explanations } from '../../bin/admin/why/explanations.ts';
import { pushReasons } from '../../lambda/core/contract.ts';
import type { FailureType } from '../../local/sns/failures.ts';

/** Does not compile where one is missing that our SNS reports. */
const failureTypes: Readonly<Record<FailureType, string>> = explanations.failureTypes;

const all = Object.values<Readonly<Record<string, string>>>(explanations).flatMap((texts) =>
  Object.entries(texts),
);

test.each(all)('%s is explained in sentences, and docs/operations.md says the same', (name, text) => {
  expect(text).toMatch(/^[A-Z].{20,}\.$/);
  expect(readFileSync('docs/operations.md', 'utf8')).toContain(`| \`${name}\` | ${text} |\n`);
});

test('no reason, and no failure that SNS is known to report, is without one', () => {
  expect(Object.keys(explanations.pushReasons)).toEqual(Object.keys(pushReasons));
  // Amazon SNS developer guide, "FCM endpoint management"; and what others have seen beside.
  expect(Object.keys(explanations.failureTypes)).toEqual(
    expect.arrayContaining([...Object.keys(failureTypes), 'DeliveryFailedPerm']),
  );
});

test('whoever reads of a refused token is told that many of them are a wrong credential', () => {
  const { pushReasons: now, failureTypes: later } = explanations;
  for (const text of [
    now['endpoint-disabled'],
    now['token-refused'],
    later.InvalidPlatformToken,
    later.EndpointDisabled,
  ])
    expect(text).toMatch(/Open the app .* many phones .* credential .*`pns-admin guard list`\.$/);
});

test('one of a newer version is told to be that', () => {
  for (const one of Object.values(explain)) {
    expect([one('on-fire'), one('constructor')]).toEqual(Array(2).fill(expect.stringMatching(/^Not known/)));
  }
});
