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

test('by call, by extension, by PBX, refusals by reason, spools', () => {
  expect([...queries.keys()]).toEqual([
    'pns/by call',
    'pns/by extension',
    'pns/by PBX',
    'pns/refusals by reason',
    'pns/spools',
  ]);
});

test('each asks the functions that log what it looks for', () => {
  for (const [name, { groups }] of queries) {
    expect(groups, name).toContain('OperationsPushCallLog');
    expect(groups.includes('DeliveryFeedbackLog'), name).toBe(name === 'pns/by call');
    expect(groups.includes('OperationsRegisterLog'), name).toBe(/extension|PBX|spools/.test(name));
  }
});

test('each names fields alone that lines have', () => {
  const documented = readFileSync(new URL('../../docs/administration.md', import.meta.url), 'utf8');
  for (const { text } of queries.values()) {
    const fields = [...text.matchAll(/\b(?:message|push)\.(\w+)/g)].map(([, field]) => field);
    expect(fields.length).toBeGreaterThan(0);
    expect(fields.filter((field) => !documented.includes(`\`${field}\``))).toEqual([]);
  }
});
