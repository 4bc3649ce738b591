import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingsSchema } from '../../lib/settings-schema.ts';
import { exceptions, excepts } from './exceptions.ts';
import { deployments } from './settings.ts';
import { synthesize } from './synthesize.ts';
import { type Finding, findingsIn } from './tools.ts';

/** Both syntheses and the installation of both tools, where it is the first run. */
const preparationMs = 10 * 60_000;
/** Both tools once. */
const lookMs = 2 * 60_000;

const names = ['least', 'everything'] as const;
const stacks = ['pns-proxy', 'pns-proxy-monitoring'];

let folder: string;
/** By deployment and stack: `least pns-proxy`. */
const found = new Map<string, Finding[]>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pns-templates-'));
  for (const name of names) {
    const settings = deployments[name];
    for (const template of await synthesize(settings, join(folder, name))) {
      const findings = await findingsIn(template, settings.region);
      found.set(`${name} ${basename(template, '.template.json')}`, findings);
    }
  }
}, preparationMs);
afterAll(() => rmSync(folder, { recursive: true }));

const told = ({ tool, rule, on, said }: Finding): string => `${tool} ${rule} ${on}: ${said}`;

test('everything is every setting that there is', () => {
  expect(
    Object.keys(deployments.everything)
      .filter((name) => !name.startsWith('//'))
      .sort(),
  ).toEqual(Object.keys(settingsSchema.entries).sort());
});

test('every template was looked at', () => {
  expect([...found.keys()].sort()).toEqual(
    names.flatMap((name) => stacks.map((stack) => `${name} ${stack}`)).sort(),
  );
});

describe.each(names)('%s', (name) => {
  test.each(stacks)('%s: cfn-lint and checkov find nothing but what has a reason', (stack) => {
    const findings = found.get(`${name} ${stack}`) ?? [];
    const unexpected = findings.filter((finding) => !exceptions.some((each) => excepts(each, finding)));
    expect(unexpected.map(told)).toEqual([]);
  });
});

test.each(exceptions)('$tool $rule $on still finds something', (exception) => {
  const findings = [...found.values()].flat();
  expect(findings.some((finding) => excepts(exception, finding))).toBe(true);
});

test('a wrong property and an open bucket would be found', { timeout: lookMs }, async () => {
  const template = join(folder, 'wrong.template.json');
  const Properties = { AccessControl: 'PublicRead', Bucket: 'misspelt' };
  writeFileSync(template, JSON.stringify({ Resources: { Open: { Type: 'AWS::S3::Bucket', Properties } } }));
  const rules = (await findingsIn(template, 'eu-west-1')).map(
    ({ tool, rule, on }) => `${tool} ${rule} ${on}`,
  );
  expect(rules).toContain('cfn-lint E3002 AWS::S3::Bucket Open');
  expect(rules).toContain('checkov CKV_AWS_20 AWS::S3::Bucket Open');
});
