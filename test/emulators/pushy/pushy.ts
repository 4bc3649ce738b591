import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppleKey } from '../../../local/apple-provider-token.ts';
import type { Certificate } from '../../../local/certificate.ts';
import { startChild } from '../child.ts';
import { installPushy } from '../install.ts';

type PushyVerdict = {
  /** Undefined where it was accepted. */
  reason: string | undefined;
  headers: Record<string, string>;
  /** Of what was accepted: its value, or its text where it is no JSON, which pushy takes. */
  payload: unknown;
};

export type PushyApple = {
  url: string;
  verdicts: readonly PushyVerdict[];
  /** A signing key, and the bundles that it may send to. */
  addKey(key: AppleKey): Promise<void>;
  revokeKey(keyId: string): Promise<void>;
  /** @param topic bundle ID, with `.voip` for calls */
  addToken(topic: string, token: string): Promise<void>;
  /** The token is unregistered from now on. */
  unregister(token: string): Promise<void>;
  close(): Promise<void>;
};

const decoded = (text: string): string => Buffer.from(text, 'base64').toString();
const headersIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    decoded(text)
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t')),
  );

const payloadIn = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const verdictIn = (line: string): PushyVerdict | undefined => {
  const [kind, first = '', second = ''] = line.split(' ');
  if (kind === 'accepted')
    return { reason: undefined, headers: headersIn(first), payload: payloadIn(decoded(second)) };
  if (kind === 'rejected') return { reason: first, headers: headersIn(second), payload: undefined };
  return undefined;
};

/** pushy's Apple, which knows nothing of ours, on a free port of 127.0.0.1. */
export const startPushy = async (certificate: Certificate): Promise<PushyApple> => {
  const classPath = await installPushy();
  const dir = mkdtempSync(join(tmpdir(), 'pns-proxy-'));
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  writeFileSync(cert, certificate.cert);
  writeFileSync(key, certificate.key, { mode: 0o600 });
  const source = 'test/emulators/pushy/PushyApple.java';
  const child = startChild('java', ['-XX:TieredStopAtLevel=1', '-cp', classPath, source, cert, key]);
  const verdicts: PushyVerdict[] = [];
  child.onLine((line) => {
    const verdict = verdictIn(line);
    if (verdict !== undefined) verdicts.push(verdict);
  });
  const [, port] = await child.until(/^listening (\d+)$/);

  const waiting: (() => void)[] = [];
  child.onLine((line) => {
    if (line === 'done') waiting.shift()?.();
  });
  const ended = once(child.process, 'exit');
  const tell = async (...words: string[]): Promise<void> => {
    const done = new Promise<void>((resolve) => waiting.push(resolve));
    child.process.stdin?.write(`${words.join(' ')}\n`);
    const answered = await Promise.race([done.then(() => true), ended.then(() => false)]);
    if (!answered) throw new Error(`pushy ended when it was told of a ${words[0]}`);
  };
  const pemOf = ({ publicKey }: AppleKey): string =>
    Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64');

  return {
    url: `https://127.0.0.1:${port}`,
    verdicts,
    addKey: (one) => {
      const topics = one.bundleIds.flatMap((bundleId) => [bundleId, `${bundleId}.voip`]);
      return tell('key', one.teamId, one.keyId, pemOf(one), topics.join(','));
    },
    revokeKey: (keyId) => tell('revoke', keyId),
    addToken: (topic, token) => tell('token', topic, token),
    unregister: (token) => tell('gone', token, String(Date.now())),
    close: async () => {
      await child.close();
      rmSync(dir, { recursive: true });
    },
  };
};
