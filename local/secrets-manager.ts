import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from './loopback.ts';

export type SecretsManager = { url: string; close(): Promise<void> };

type Options = {
  /**
   * The current SecretString of a secret, by `<name>`; those of its other versions, by `<name>#<VersionId>` or
   * `<name>#<staging label>`. May change at any time.
   */
  secrets: ReadonlyMap<string, string>;
};

type Input = { SecretId?: string; VersionId?: string; VersionStage?: string };

/** AWS Secrets Manager API reference, GetSecretValue: errors, all answered with status 400. */
class Refusal extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const notFound = (what: string) =>
  new Refusal('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}`);

const versionIdOf = (secretString: string): string => {
  const hex = createHash('sha256').update(secretString).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
};

const getSecretValue = (secrets: ReadonlyMap<string, string>, input: Input) => {
  const { SecretId: name = '', VersionId: id, VersionStage: stage = 'AWSCURRENT' } = input;
  if (id !== undefined && !/^.{32,64}$/.test(id))
    throw new Refusal('InvalidParameterException', 'The VersionId must be 32 to 64 characters long.');
  const current = secrets.get(name);
  if (current === undefined) throw notFound('secret.');
  const isCurrent = id === undefined ? stage === 'AWSCURRENT' : id === versionIdOf(current);
  const value = isCurrent ? current : secrets.get(`${name}#${id ?? stage}`);
  if (value === undefined)
    throw notFound(
      id === undefined ? `secret value for staging label: ${stage}` : `secret value for VersionId: ${id}`,
    );
  return {
    ARN: `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-local1`,
    Name: name,
    SecretString: value,
    VersionId: id ?? versionIdOf(value),
    ...(isCurrent || id === undefined ? { VersionStages: [isCurrent ? 'AWSCURRENT' : stage] } : {}),
  };
};

const answerTo = (secrets: ReadonlyMap<string, string>, target: unknown, body: string): object => {
  if (target !== 'secretsmanager.GetSecretValue')
    throw new Refusal('UnknownOperationException', 'The local Secrets Manager knows GetSecretValue only.');
  return getSecretValue(secrets, JSON.parse(body));
};

/** Secrets Manager's GetSecretValue over its JSON 1.1 protocol, on a free port of 127.0.0.1. */
export const startSecretsManager = async ({ secrets }: Options): Promise<SecretsManager> => {
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    try {
      response.end(JSON.stringify(answerTo(secrets, request.headers['x-amz-target'], body)));
    } catch (error) {
      response.statusCode = 400;
      const { type, message } =
        error instanceof Refusal
          ? error
          : { type: 'SerializationException', message: 'The body is not JSON.' };
      response.end(JSON.stringify({ __type: type, Message: message }));
    }
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const { port, close } = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, close };
};
