import type { CancelReason, PhoneOutcome } from 'pns-proxy-client';
import type { CallAnswer } from '../operations.ts';

/** A phone that a push was taken for. */
type WokenPhone = {
  /** Its deviceId; its fingerprint where it has none. */
  name: string;
  hasDeviceId: boolean;
  platform: string;
};

/** One ring attempt at one extension. Thousands are kept at once, so it holds no more than it must. */
export type Call = {
  readonly to: string;
  readonly uuid: string;
  readonly callId: string | undefined;
  /** When the ring window ends, in epoch milliseconds. */
  endsAt: number;
  phones: readonly WokenPhone[];
  /** Whether a push may have reached phones that `phones` does not list. */
  others: boolean;
  /** Pushes under way, by the phones that each is for. */
  pushes?: Map<string, Promise<CallAnswer>> | undefined;
  /** deviceIds of phones that have registered since, as the PBX tells them. */
  registered?: Set<string>;
  /** A phone has registered, and the PBX did not tell which. */
  unnamed?: true;
  /** Set once it is cancelled: nothing is pushed for it any more. Only after `failed` it may be cancelled again. */
  cancel?: 'done' | 'failed';
  /** The push that is sent once more is planned or done. */
  again?: true;
};

/**
 * Platforms on which a call may be pushed twice (WAKE = until-registered): the apps drop a repeat. An iPhone's must
 * report each to the user's phone, so it is never among them.
 */
const wokenAgain: ReadonlySet<string> = new Set(['fcm', 'hms']);

/** An extension has 20 registrations at most, unless the deployment is set otherwise: more names would be made up. */
const mostPhones = 20;

/** A text's own copy: a part of a longer one, or one made of parts, would keep all of these in memory. */
export const copyOf = (text: string): string => Buffer.from(text).toString();

export const createCall = (to: string, uuid: string, callId: string | undefined, endsAt: number): Call => ({
  to: copyOf(to),
  uuid: copyOf(uuid),
  callId: callId === undefined ? undefined : copyOf(callId),
  endsAt,
  phones: [],
  others: false,
});

export const addPhones = (call: Call, outcomes: readonly PhoneOutcome[]): void => {
  for (const { deviceId, fingerprint, platform, accepted } of outcomes) {
    const name = deviceId ?? fingerprint;
    if (!accepted || name === undefined || call.phones.some((phone) => phone.name === name)) continue;
    call.phones = call.phones.concat({ name: copyOf(name), hasDeviceId: deviceId !== undefined, platform });
  }
};

/** Whether a phone may have been woken, or is about to be. */
export const mayRing = (call: Call): boolean =>
  call.phones.length > 0 || call.others || (call.pushes !== undefined && call.pushes.size > 0);

/** Notes that a phone has registered, and tells whether it may be one of this call's. */
export const addRegistered = (call: Call, deviceId: string | undefined): boolean => {
  if (!mayRing(call)) return false;
  if (deviceId === undefined) {
    call.unnamed = true;
    return true;
  }
  const allKnown = call.pushes === undefined && !call.others;
  const known = call.phones.some(({ name, hasDeviceId }) => name === deviceId || !hasDeviceId);
  if (allKnown && !known) return false;
  call.registered ??= new Set();
  if (call.registered.size < mostPhones) call.registered.add(copyOf(deviceId));
  return true;
};

/**
 * Which phones have registered. Any of `perhaps` may have, too: the PBX did not tell which one has, or named one that is
 * none of those known by a deviceId.
 */
const registeredPhones = (call: Call): { names: string[]; perhaps: string[] } => {
  const listed = new Set(call.phones.map(({ name }) => name));
  const registered = call.registered ?? new Set();
  const hasStray = [...registered].some((name) => !listed.has(name));
  const perhaps = call.phones.filter(
    ({ name, hasDeviceId }) => !registered.has(name) && (call.unnamed || (hasStray && !hasDeviceId)),
  );
  return {
    names: [...registered].filter((name) => call.others || listed.has(name)),
    perhaps: perhaps.map(({ name }) => name),
  };
};

/** Which phones are not to be told that the call is over, since SIP tells them. */
export const phonesToSpare = (call: Call, reason: CancelReason): string[] | 'all' => {
  const { names, perhaps } = registeredPhones(call);
  // One that perhaps registered may be the one that talks, and a cancel might end that call. Else it does no harm.
  const mayTalk = reason === 'answered_elsewhere';
  if (mayTalk && call.unnamed) return 'all';
  const spared = mayTalk ? [...names, ...perhaps] : names;
  const hasRest = call.phones.length === 0 || call.others;
  return !hasRest && call.phones.every(({ name }) => spared.includes(name))
    ? 'all'
    : spared.slice(0, mostPhones);
};

/** The phones to push to once more; none where it is not sure which of them have registered. */
export const phonesAsleep = (call: Call): string[] => {
  const { names, perhaps } = registeredPhones(call);
  if (perhaps.length > 0) return [];
  return call.phones
    .filter(({ name, platform }) => wokenAgain.has(platform) && !names.includes(name))
    .map(({ name }) => name)
    .slice(0, mostPhones);
};
