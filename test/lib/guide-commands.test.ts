import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { readVapidKeys } from '../../lambda/providers/web-push/credentials.ts';
import { parseSettings } from '../../lib/settings.ts';
import { runAdmin } from '../bin/admin-command.ts';

const root = join(import.meta.dirname, '../..');
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const guides = [...docs.map((name) => `docs/${name}`), 'README.md'];

/** What stands for a value in a guide, by the option or command before it, and something of its kind. */
const values: Readonly<Record<string, string>> = {
  APP: 'demo',
  NAME: 'demo',
  EXT: '101',
  TIME: '2026-01-01T12:00Z',
  N: '3',
  FILE: 'nowhere/state.json',
  KEYID: '0123456789Ab',
};
const standIn = (word: string, before = ''): string => {
  if (word !== 'ID') return values[word] ?? word;
  return before === '--uuid' ? '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d' : 'pbx-1';
};

/** Every command that a guide gives, in a block or in a line; a name alone is none. */
const commandsIn = (guide: string): string[][] => {
  const text = readFileSync(join(root, guide), 'utf8');
  const inBlocks = [...text.matchAll(/^ *```\w*\n([\s\S]*?)^ *```/gm)].flatMap(([, block = '']) =>
    block.replaceAll('\\\n', ' ').split('\n'),
  );
  const inLines = [...text.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`]+)`/g)].map(
    ([, code = '']) => code,
  );
  const inTable = [...(/^## pns-admin$[\s\S]*?(?=^## )/m.exec(text)?.[0] ?? '').matchAll(/^\| `([^`]+)`/gm)];
  return [...inBlocks, ...inLines]
    .flatMap((code) => /^\s*(?:npx (?:--no -- )?)?pns-admin ([^|&;]+)$/.exec(code)?.[1] ?? [])
    .concat(inTable.map(([, command = '']) => command))
    .map((command) =>
      command
        .replace(/[[\]…]/g, ' ')
        .trim()
        .split(/\s+/),
    )
    .filter((words) => !words.includes('') && words[0] !== '--local')
    .map((words) => words.map((word, index) => standIn(word, words[index - 1])));
};
const commands = [...new Set(guides.flatMap(commandsIn).map((words) => words.join(' ')))];

// Nobody listens there: a command that is right gets as far as asking AWS, or the local cloud, and ends with 1.
const nobody = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_MAX_ATTEMPTS: '1',
};

test('npx is kept from taking our options for its own', () => {
  for (const guide of guides)
    expect(readFileSync(join(root, guide), 'utf8')).not.toMatch(/npx --no(?! --[\s`])/);
});

test('the guides give commands', () => {
  expect(commands).toEqual(
    expect.arrayContaining(['guard clear --app demo', 'pbx remove pbx-1 --yes', 'reconcile --mend']),
  );
});

test.concurrent.each(commands)('pns-admin %s', async (command) => {
  const words = command.replace('--local', '--local http://127.0.0.1:1').split(' ');
  // A name of a command, as texts mention it, is right where there is help for it.
  const mentioned = words.length < 3 && !['list', 'reconcile'].includes(words.at(-1) ?? '');
  const { exitCode, stderr } = await runAdmin(mentioned ? [...words, '--help'] : words, nobody);
  expect({ exitCode, stderr }).toEqual({
    exitCode: mentioned ? 0 : 1,
    stderr: expect.not.stringMatching(/^error/m),
  });
});

test('the README makes a VAPID pair that the deployment takes', async () => {
  const guide = readFileSync(join(root, 'README.md'), 'utf8');
  const script = /^ *node -p '(const \{ x, y, d \}[^']*)' > vapid\.json$/m.exec(guide)?.[1] ?? '';
  const { stdout } = await promisify(execFile)(process.execPath, ['-p', script]);
  const { publicKey } = JSON.parse(stdout);
  expect(readVapidKeys(stdout, { publicKey })).toEqual(JSON.parse(stdout));
  const webPush = { subject: 'mailto:push@example.com', publicKey, secret: 'web-push' };
  expect(parseSettings({ region: 'eu-west-1', apps: { demo: { webPush } } }).apps['demo']).toMatchObject({
    webPush,
  });
});

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

test('lost feedback is sent again as the function takes it, whoever has lost it', async (context) => {
  const run = promisify(execFile);
  if (
    await run('jq', ['--version']).then(
      () => false,
      () => true,
    )
  )
    return context.skip('jq is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'feedback-'));
  folders.push(folder);
  const notification = { Type: 'Notification', MessageId: 'm', Message: '{"EventType":"Other"}' };
  const event = { Records: [{ Sns: { ...notification, MessageId: 'n' } }] };
  const bodies = [notification, { version: '1.0', requestPayload: event, responsePayload: {} }];
  bodies.forEach((body, index) => {
    writeFileSync(
      join(folder, `${index}.message`),
      JSON.stringify({ Body: JSON.stringify(body), ReceiptHandle: `${index}.message` }),
    );
  });
  // Stands in for the AWS CLI: its queue is the files of this folder.
  writeFileSync(
    join(folder, 'aws'),
    `#!/bin/sh
case "$2" in
  describe-stacks) echo "$*" | sed "s/.*OutputKey=='\\(.*\\)'.*/\\1/" ;;
  receive-message) cat $(ls *.message 2>/dev/null | head -n 1) </dev/null ;;
  invoke) echo "$4" >>invoked; jq -c . event.json >>events; echo None ;;
  delete-message) rm "$6" ;;
esac
`,
  );
  chmodSync(join(folder, 'aws'), 0o755);
  const guide = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```bash\n([\s\S]*?)^```/gm)].map(([, block]) => block);
  expect(blocks).toHaveLength(2);
  await run('bash', ['-euc', blocks.join('\n')], {
    cwd: folder,
    env: { PATH: `${folder}:${process.env['PATH']}` },
    timeout: 20_000,
  });

  const sent = readFileSync(join(folder, 'events'), 'utf8').trim().split('\n');
  expect(sent.map((line) => JSON.parse(line))).toEqual([{ Records: [{ Sns: notification }] }, event]);
  expect(readFileSync(join(folder, 'invoked'), 'utf8')).toBe('FeedbackFunction\nFeedbackFunction\n');
  expect(readdirSync(folder).toSorted()).toEqual(['aws', 'events', 'invoked']);
});
