import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CreatePlatformEndpointCommand,
  DeleteEndpointCommand,
  GetEndpointAttributesCommand,
  NotFoundException,
  SNSClient,
} from '@aws-sdk/client-sns';
import { createRegistrationTable } from '../../lambda/aws/registration-table.ts';
import { keyOf, type Registration } from '../../lambda/core/registration.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { startCloud } from '../local/support.ts';
import { documentClient } from '../support/aws-clients.ts';
import { aRegistration, fcmToken } from '../support/builders.ts';
import { runAdmin } from './admin-command.ts';

/** An answer in place of SNS's own. */
type Refusal = { status: number; code: string };
type Interception = (
  action: string,
  fields: URLSearchParams,
) => Refusal | undefined | Promise<Refusal | undefined>;

/** The local cloud, with somebody between `pns-admin` and its SNS who counts requests and may answer himself. */
export const startWatchedCloud = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pns-reconcile-'));
  const state = join(folder, 'state.json');
  const cloud = await startCloud();
  const { aws } = cloud.info;
  const actions: string[] = [];
  let intercept: Interception = () => undefined;

  const server = createServer(async (request, response) => {
    if (request.url === '/_local/info') {
      return response.end(JSON.stringify({ ...cloud.info, aws: { ...aws, sns: url } }));
    }
    const body = await text(request);
    const fields = new URLSearchParams(body);
    const action = fields.get('Action') ?? '';
    actions.push(action);
    const refusal = await intercept(action, fields);
    if (refusal !== undefined) {
      const error = `<Error><Type>Sender</Type><Code>${refusal.code}</Code><Message>no</Message></Error>`;
      return response.writeHead(refusal.status).end(`<ErrorResponse>${error}</ErrorResponse>`);
    }
    const answer = await fetch(aws.sns, { method: 'POST', body });
    return response.writeHead(answer.status, { 'content-type': 'text/xml' }).end(await answer.text());
  });
  const { port, close } = await listenOnLoopback(server);
  const url = `http://127.0.0.1:${port}`;

  const dynamoDb = documentClient(aws.dynamodb);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sns = new SNSClient({ endpoint: aws.sns, region: aws.region, credentials });
  const table = createRegistrationTable(dynamoDb, aws.tableName);
  /** Makes an endpoint that no registration uses. */
  const orphan = async (token: string): Promise<string> => {
    const PlatformApplicationArn = `${aws.applications.arn}:app/GCM/pns-proxy-demo`;
    const { EndpointArn = '' } = await sns.send(
      new CreatePlatformEndpointCommand({ PlatformApplicationArn, Token: token }),
    );
    return EndpointArn;
  };
  /** A phone with its endpoint, both as they should be. */
  const phone = async (name: string, changes: Partial<Registration> = {}) => {
    const later = { expiresAt: Date.now() + 1_000_000 };
    const row = aRegistration({ token: fcmToken(name), extension: name, ...later, ...changes });
    const endpointArn = await orphan(row.token);
    await table.claim(row);
    await table.setEndpoint(keyOf(row), { endpointArn, verifiedAt: row.registeredAt }, row);
    return { ...row, endpointArn };
  };
  const admin = (...args: string[]) => runAdmin([...args, '--local', url]);
  /** What SNS was asked for since the last look. */
  const takeActions = () => actions.splice(0);
  return {
    ...cloud,
    /** A file for `reconcile --state`, which is not there yet. */
    state,
    sns,
    table,
    orphan,
    phone,
    phones: (count: number) => Promise.all(Array.from({ length: count }, (_, index) => phone(`p${index}`))),
    removeEndpoint: (EndpointArn: string) => sns.send(new DeleteEndpointCommand({ EndpointArn })),
    exists: async (EndpointArn: string): Promise<boolean> => {
      try {
        await sns.send(new GetEndpointAttributesCommand({ EndpointArn }));
        return true;
      } catch (error) {
        if (error instanceof NotFoundException) return false;
        throw error;
      }
    },
    /** The endpoint that a registration names by now. */
    arnOf: async (row: Registration) => (await table.get(keyOf(row)))?.endpointArn,
    reconcile: (...args: string[]) => admin('reconcile', '--state', state, ...args),
    admin,
    actions: takeActions,
    /** How many pages of endpoints SNS was asked for since the last look. */
    lists: () => takeActions().filter((action) => action === 'ListEndpointsByPlatformApplication').length,
    intercept: (by: Interception) => {
      intercept = by;
    },
    close: async () => {
      dynamoDb.destroy();
      sns.destroy();
      await close();
      await cloud.close();
      rmSync(folder, { recursive: true });
    },
  };
};

export type WatchedCloud = Awaited<ReturnType<typeof startWatchedCloud>>;
