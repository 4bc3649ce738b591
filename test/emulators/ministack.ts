import { createServer } from 'node:http';
import { join } from 'node:path';
import { listenOnLoopback } from '../../local/loopback.ts';
import { startChild } from './child.ts';
import { installPython } from './install.ts';

export type MiniStack = {
  url: string;
  /** For the SDKs and the CDK: where it is, and what they sign with. */
  environment: Record<string, string>;
  /** Everything that it has written. */
  output(): string;
  close(): Promise<void>;
};

const freePort = async (): Promise<number> => {
  const { port, close } = await listenOnLoopback(createServer());
  await close();
  return port;
};

/**
 * AWS on a free port of 127.0.0.1, its functions run by the Node.js that is first in PATH.
 *
 * @param snsUrl where functions find SNS: MiniStack's own delivers to nobody
 * @param tableUrlOf where functions find DynamoDB, by MiniStack's own address. @default - there
 */
export const startMiniStack = async (
  snsUrl: string,
  tableUrlOf: (url: string) => Promise<string> = async (url) => url,
): Promise<MiniStack> => {
  const bin = await installPython();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startChild(join(bin, 'python'), [join(import.meta.dirname, 'run-ministack.py')], {
    // Its functions are processes of their own.
    group: true,
    environment: {
      ...{ BIND_HOST: '127.0.0.1', MINISTACK_HOST: '127.0.0.1', GATEWAY_PORT: String(port) },
      ...{ LAMBDA_EXECUTOR: 'local', SFTP_ENABLED: '0', IOT_MTLS_ENABLED: '0' },
      AWS_ENDPOINT_URL_SNS: snsUrl,
      AWS_ENDPOINT_URL_DYNAMODB: await tableUrlOf(url),
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  await child.until(/Running on/);
  return {
    url,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    output: child.output,
    close: child.close,
  };
};
