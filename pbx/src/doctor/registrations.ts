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

/** The phones of each extension that the endpoint told of. */
export type Registrations = ReadonlyMap<string, readonly RegisteredDevice[]>;

export type RegistrationsReading = {
  registrations: Registrations;
  /** Extensions that it was asked about in vain. */
  unread: readonly string[];
};

const readingMs = 4_000;
const atOnce = 8;
/** One request each, of the same quota as calls. */
const mostExtensions = 1_000;

/** Undefined where the endpoint cannot be asked, or about nobody: without ARI nobody knows the extensions. */
export const readRegistrations = async (context: Context): Promise<RegistrationsReading | undefined> => {
  const { extension, signal } = context;
  const [{ ask }, ari] = await Promise.all([context.reach(), context.ari()]);
  const known = ari === undefined || 'failure' in ari ? [] : ari.endpoints.map(({ id }) => id);
  const extensions = extension === undefined ? known.slice(0, mostExtensions) : [extension];
  if (ask === undefined || extensions.length === 0) return undefined;
  const until = AbortSignal.any([signal, AbortSignal.timeout(readingMs)]);
  let isKeyRefused = false;
  const give = async (one: string) => {
    const { status, text } = await ask(`/devices?extension=${encodeURIComponent(one)}`, until);
    isKeyRefused ||= status === 401 || status === 403;
    return status === 200 ? ([one, parse(answer, JSON.parse(text)).devices] as const) : undefined;
  };
  const read = await inParallel(extensions, atOnce, until, (one) => give(one).catch(() => undefined));
  const registrations = new Map(read.filter((entry) => entry !== undefined));
  // Which is told by itself, and not once more for each extension.
  if (isKeyRefused && registrations.size === 0) return undefined;
  return { registrations, unread: extensions.filter((one) => !registrations.has(one)) };
};
