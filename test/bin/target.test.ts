import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listenOnLoopback } from '../../local/loopback.ts';
import { type Outcome, runAdmin } from './admin-command.ts';
import { type AdministeredCloud, startAdministeredCloud, twice } from './administered-cloud.ts';

let cloud: AdministeredCloud;
beforeAll(async () => {
  cloud = await startAdministeredCloud();
});
afterAll(() => cloud.close());

const list = ['keys', 'list', '--pbx', 'pbx-1', '--json'];

const expectOneLine = ({ exitCode, stdout, stderr }: Outcome, says: RegExp) => {
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^pns-admin: [^\n]+\n$/);
  expect(stderr).toMatch(says);
};

/** A port on which nothing listens any more. */
const deadUrl = async () => {
  const { port, close } = await listenOnLoopback(createServer());
  await close();
  return `http://127.0.0.1:${port}`;
};

/** A server that refuses everything, in the words of an AWS service. */
const refusing = async (status: number, body: string, use: (url: string) => Promise<void>) => {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  const { port, close } = await listenOnLoopback(server);
  await use(`http://127.0.0.1:${port}`).finally(close);
};

test('is a program that npx can run', () => {
  expect(statSync(join(import.meta.dirname, '../../bin/pns-admin.ts')).mode & 0o111).toBe(0o111);
});

describe('against AWS', () => {
  test('finds table and API by the outputs of the stack', async () => {
    const added = await runAdmin(['keys', 'add', '--pbx', 'pbx-1'], cloud.environment);
    expect(added.exitCode, added.stderr).toBe(0);
    const listed: { keyId: string }[] = JSON.parse((await runAdmin(list, cloud.environment)).stdout);
    const keyId = listed[0]?.keyId ?? '';
    expect(added.stdout).toContain(`pns_${keyId}_`);

    const { exitCode } = await runAdmin(['keys', 'revoke', keyId], cloud.environment);
    expect(exitCode).toBe(0);
    expect(cloud.resets()).toEqual(twice);
    expect(await cloud.keys.get(keyId)).toBeUndefined();
  });

  test('takes the region from --region, or as the AWS CLI does', async () => {
    const { AWS_REGION: _, ...without } = cloud.environment;
    expect((await runAdmin([...list, '--region', 'eu-west-1'], without)).exitCode).toBe(0);
    expect((await runAdmin(list, { ...without, AWS_DEFAULT_REGION: 'eu-west-1' })).exitCode).toBe(0);
    expectOneLine(await runAdmin(list, without), /no AWS region: .*--region/);
  });

  test('says that there are no credentials', async () => {
    const { AWS_ACCESS_KEY_ID: _, ...without } = cloud.environment;
    expectOneLine(await runAdmin(list, without), /AWS_PROFILE/);
  });

  test('says which stack there is not, or is another', async () => {
    expectOneLine(
      await runAdmin([...list, '--stack', 'elsewhere'], cloud.environment),
      /no stack elsewhere in eu-west-1: .*--stack/,
    );
    expectOneLine(
      await runAdmin([...list, '--stack', 'empty'], cloud.environment),
      /stack empty .* has no output TableName/,
    );
  });

  test('says what is denied', async () => {
    const denied = {
      __type: 'com.amazon.coral.service#AccessDeniedException',
      Message: 'User: arn:aws:iam::123456789012:user/ann is not authorized to perform: dynamodb:Query',
    };
    await refusing(400, JSON.stringify(denied), async (url) => {
      const environment = { ...cloud.environment, AWS_ENDPOINT_URL_DYNAMODB: url };
      expectOneLine(await runAdmin(list, environment), /AccessDeniedException: .*dynamodb:Query.*permission/);
    });
  });

  test('says that nobody answers', async () => {
    const environment = { ...cloud.environment, AWS_ENDPOINT_URL_CLOUDFORMATION: await deadUrl() };
    expectOneLine(await runAdmin(list, environment), /ECONNREFUSED: .*network/);
  });
});

describe('against the local cloud', () => {
  test('says that it is not running', async () => {
    const url = await deadUrl();
    expectOneLine(await runAdmin([...list, '--local', url]), /not running at http:.*npm start/);
  });

  test('says that something else answers', async () => {
    await refusing(200, '{"ok":true}', async (url) => {
      expectOneLine(await runAdmin([...list, '--local', url]), /is not the local cloud/);
    });
  });

  test.each([
    ['an argument swallowed', ['keys', 'revoke', '--local', 'aaaaaaaaaaaa']],
    ['AWS beside it', [...list, '--local', '--stack', 'pns-proxy']],
    ['nothing to do', []],
    ['half a command', ['keys']],
    ['an unknown command', ['keys', 'mend']],
  ])('refuses as wrong usage: %s', async (_, args) => {
    const { exitCode, stdout } = await runAdmin(args);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});
