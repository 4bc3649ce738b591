import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pushReasons } from '../../lambda/core/contract.ts';
import { resourcesOf, templatesOf } from './synthesized.ts';

const guide = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** The names that sections below a heading have; each has a text. */
const sectionsOf = (heading: string): string[] => {
  const [, chapter = ''] = guide.split(/^## /m).flatMap((one) => (one.startsWith(heading) ? ['', one] : []));
  return chapter
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      expect(lines.join(' ').trim().length, title).toBeGreaterThan(80);
      return title.replaceAll('`', '');
    });
};

test('each alarm has its section, and no other', () => {
  const { monitoring } = templatesOf();
  const alarms = Object.keys(resourcesOf(monitoring, 'AWS::CloudWatch::Alarm'));
  expect(sectionsOf('Alarms')).toEqual(alarms);
});

test('each reason has its section, and no other', () => {
  expect(sectionsOf('Reasons')).toEqual(Object.keys(pushReasons));
});

test('each credential has its rotation, and a table its restoration', () => {
  expect(sectionsOf('Credentials')).toEqual([
    "A Firebase service account's key",
    "Apple's signing key",
    'The key of a PBX',
  ]);
  expect(guide).toContain('--import-existing-resources');
});
