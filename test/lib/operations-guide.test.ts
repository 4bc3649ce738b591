import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodes, pushReasons } from '../../lambda/core/contract.ts';
import { keptByGuard } from '../../lambda/core/deliver.ts';
import { resourcesOf, templatesOf } from './synthesized.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');
const operations = read('operations');
const recovery = read('recovery');

const chapterOf = (guide: string, heading: string): string => {
  const chapter = guide.split(/^## /m).find((one) => one.startsWith(`${heading}\n`));
  if (chapter === undefined) throw new Error(`no chapter ${heading}`);
  return chapter;
};

/** The names that sections of a chapter have; each has a text. */
const sectionsOf = (chapter: string): string[] =>
  chapter
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n');
      expect(lines.join(' ').trim().length, title).toBeGreaterThan(80);
      return title.replaceAll('`', '');
    });

test('each alarm has its section, and no other', () => {
  const { monitoring } = templatesOf();
  const alarms = Object.keys(resourcesOf(monitoring, 'AWS::CloudWatch::Alarm'));
  expect(sectionsOf(chapterOf(operations, 'Alarms'))).toEqual(alarms);
});

test('each saved query that the guide names is there', () => {
  const { monitoring } = templatesOf();
  const queries = Object.values(resourcesOf(monitoring, 'AWS::Logs::QueryDefinition')).map(({ Properties }) =>
    String(Properties['Name']).replace('pns/', ''),
  );
  const named = [...operations.matchAll(/(?<!-)\bquer(?:y|ies)\s+"([^"]+)"/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(8);
  expect(queries).toEqual(expect.arrayContaining(named));
});

test('each stack output that the guide names is there', () => {
  const outputs = Object.keys(templatesOf().service.findOutputs('*'));
  const named = [operations, recovery].flatMap((guide) =>
    [...guide.matchAll(/\$\(output (\w+)\)|\boutput\s+`(\w+)`/g)].map(([, pasted, told]) => pasted ?? told),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(outputs).toEqual(expect.arrayContaining(named));
});

test('each reason and error code is explained, and what has a section of its own is one', () => {
  const reasons = chapterOf(operations, 'Reasons');
  const named = [...Object.keys(pushReasons), ...errorCodes, keptByGuard];
  expect(named.filter((name) => !reasons.includes(`\`${name}\``))).toEqual([]);
  expect(Object.keys(pushReasons)).toEqual(expect.arrayContaining(sectionsOf(reasons)));
});

test('each link within the guides leads somewhere', () => {
  const anchorOf = (title: string) =>
    title
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, '')
      .replaceAll(' ', '-');
  const guides: Record<string, string> = {
    operations,
    recovery,
    administration: read('administration'),
    payload: read('payload'),
  };
  for (const [name, guide] of Object.entries(guides)) {
    const links = [...guide.matchAll(/\]\((?:(\w+)\.md)?#([^)]+)\)/g)];
    for (const [link, file = name, anchor] of links) {
      const titles = [...(guides[file] ?? '').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        anchorOf(title),
      );
      expect(titles, `${name}: ${link}`).toContain(anchor);
    }
  }
});

test('each credential has its rotation; a lost table and a removed stack what to do', () => {
  expect(sectionsOf(chapterOf(recovery, 'Credentials'))).toEqual([
    "A Firebase service account's key",
    "Apple's signing key",
    "Huawei's client secret and service account",
    'The VAPID key pair',
    'The key of a PBX',
  ]);
  for (const chapter of ['Restoring the table', 'A removed stack'])
    expect(chapterOf(recovery, chapter)).toMatch(/tableName[\s\S]*--import-existing-resources/);
});
