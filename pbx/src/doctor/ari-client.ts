import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { array, type InferOutput, looseObject, object, parse, string } from 'valibot';
import type { Settings } from '../settings/settings.ts';
import { get } from './exchange.ts';
import { trusted } from './tls.ts';

/** Asterisk answers from memory, on this machine. */
const timeoutMs = 2_000;
export const atOnce = 8;

/** ARI has answered, with something else than what was asked for. */
export class AriRefusal extends Error {
  override readonly name = 'AriRefusal';
  readonly status: number;
  /** It was ARI, and not another web server. */
  readonly isAri: boolean;

  constructor(status: number, isAri: boolean) {
    super(`ARI answered ${status}`);
    this.status = status;
    this.isAri = isAri;
  }
}

const refusal = looseObject({ message: string() });
const endpoints = array(looseObject({ resource: string() }));
/** An object of pjsip.conf or a registration. A contact stands in one `contact` each. */
const attributes = array(object({ attribute: string(), value: string() }));
export type Attributes = InferOutput<typeof attributes>;

export type AriClient = {
  /** The names of all PJSIP endpoints. */
  endpoints(): Promise<string[]>;
  /** Undefined where there is no such object. */
  object(
    kind: 'endpoint' | 'aor' | 'contact' | 'transport' | 'system',
    id: string,
  ): Promise<Attributes | undefined>;
  close(): void;
};

/** @param signal gives up what is under way */
export const createAriClient = (
  settings: Settings,
  ari: NonNullable<Settings['ari']>,
  signal: AbortSignal,
): AriClient => {
  const base = ari.url.replace(/(\/ari)?$/, '/ari');
  const authorization = `Basic ${Buffer.from(`${ari.user}:${ari.password}`).toString('base64')}`;
  const options = { keepAlive: true, maxSockets: atOnce };
  const agent = base.startsWith('https:')
    ? new HttpsAgent({ ...options, ca: trusted(settings).ca })
    : new HttpAgent(options);

  const ask = async (path: string): Promise<unknown> => {
    const { status, text } = await get(new URL(base + path), timeoutMs, {
      agent,
      signal,
      headers: { authorization, accept: 'application/json' },
    });
    const body = json(text);
    if (status === 200 && body !== undefined) return body;
    throw new AriRefusal(status, isRefusal(body));
  };
  return {
    endpoints: async () => parse(endpoints, await ask('/endpoints/PJSIP')).map(({ resource }) => resource),
    object: async (kind, id) => {
      try {
        return parse(
          attributes,
          await ask(`/asterisk/config/dynamic/res_pjsip/${kind}/${encodeURIComponent(id)}`),
        );
      } catch (error) {
        if (error instanceof AriRefusal && error.status === 404 && error.isAri) return undefined;
        throw error;
      }
    },
    close: () => agent.destroy(),
  };
};

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isRefusal = (body: unknown): boolean => {
  try {
    parse(refusal, body);
    return true;
  } catch {
    return false;
  }
};

/** What res_pjsip calls the contact that a phone has registered; tried on Asterisk 22. */
export const contactId = (aor: string, uri: string): string =>
  `${aor};@${createHash('md5').update(uri).digest('hex')}`;
