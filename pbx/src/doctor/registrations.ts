import { array, type InferOutput, looseObject, object, optional, parse, string } from 'valibot';
import type { Context } from './context.ts';
import { inParallel } from './in-parallel.ts';

const device = looseObject({
  fingerprint: string(),
  deviceId: optional(string()),
  deviceName: optional(string()),
  platform: string(),
  disabledAt: optional(string()),
});
const answer = object({ extension: string(), devices: array(device) });
export type RegisteredDevice = InferOutput<typeof device>;

/** The phones of each extension that was asked about. */
export type Registrations = ReadonlyMap<string, readonly RegisteredDevice[]>;

const readingMs = 4_000;
const atOnce = 8;
/** One request each, of the same quota as calls. */
const mostExtensions = 1_000;

/** Undefined where the endpoint cannot be asked, or about nobody: without ARI nobody knows the extensions. */
export const readRegistrations = async (context: Context): Promise<Registrations | undefined> => {
  const { extension, signal } = context;
  const [{ ask }, ari] = await Promise.all([context.reach(), context.ari()]);
  const known = ari === undefined || 'failure' in ari ? [] : ari.endpoints.map(({ id }) => id);
  const extensions = extension === undefined ? known.slice(0, mostExtensions) : [extension];
  if (ask === undefined || extensions.length === 0) return undefined;
  const until = AbortSignal.any([signal, AbortSignal.timeout(readingMs)]);
  const give = async (one: string) => {
    const { status, text } = await ask(`/devices?extension=${encodeURIComponent(one)}`, until);
    return status === 200 ? ([one, parse(answer, JSON.parse(text)).devices] as const) : undefined;
  };
  const read = await inParallel(extensions, atOnce, until, (one) => give(one).catch(() => undefined));
  const given = read.filter((entry) => entry !== undefined);
  return given.length === 0 ? undefined : new Map(given);
};
