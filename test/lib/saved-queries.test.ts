import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { resourcesOf, templatesOf } from './synthesized.ts';

let queries: Map<string, { text: string; groups: string }>;
beforeAll(() => {
  const { monitoring } = templatesOf();
  queries = new Map(
    Object.values(resourcesOf(monitoring, 'AWS::Logs::QueryDefinition')).map(({ Properties }) => [
      String(Properties['Name']),
      { text: String(Properties['QueryString']), groups: JSON.stringify(Properties['LogGroupNames']) },
    ]),
  );
});

test('there is one for each question', () => {
  expect([...queries.keys()]).toEqual([
    'pns/by call',
    'pns/by extension',
    'pns/by PBX',
    'pns/busiest extensions',
    'pns/refusals by reason',
    'pns/spools',
    'pns/errors',
    'pns/5xx',
  ]);
});

test('each asks the functions that log what it looks for', () => {
  for (const [name, { groups }] of queries) {
    const api = name === 'pns/5xx';
    expect(groups.includes('OperationsPushCallLog'), name).toBe(!api);
    expect(groups.includes('PushApiAccessLog'), name).toBe(api);
    expect(groups.includes('DeliveryFeedbackLog'), name).toBe(/by call|errors/.test(name));
    expect(groups.includes('OperationsRegisterLog'), name).toBe(/by extension|PBX|spools|errors/.test(name));
    expect(groups.includes('OperationsAuthorizeLog'), name).toBe(name === 'pns/errors');
  }
});

test('one counts calls by PBX and extension', () => {
  expect(queries.get('pns/busiest extensions')?.text).toMatch(/stats .* by message.pbxId, message.extension/);
});

test('by call says how to find what SNS reported later', () => {
  expect(queries.get('pns/by call')?.text).toMatch(/^# .*messageId/);
});

test('each names fields alone that lines have', () => {
  const documented = readFileSync(new URL('../../docs/administration.md', import.meta.url), 'utf8');
  for (const [name, { text }] of queries) {
    if (name === 'pns/5xx') continue;
    const fields = [...text.matchAll(/\b(?:message|push)\.(\w+)/g)].map(([, field]) => field);
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.filter((field) => !documented.includes(`\`${field}\``))).toEqual([]);
  }
});
