const providers = ['apple', 'google', 'huawei', 'webpush'] as const;
type Provider = (typeof providers)[number];

/** Result codes of Push Kit that it may answer to a push that nothing is wrong with. */
const huaweiCodes = [
  '80200001',
  '80200003',
  '80200005',
  '80300002',
  '80300007',
  '80300011',
  '80300037',
  '80600003',
  '81000001',
] as const;

/**
 * What a provider can be told to do instead of delivering:
 * - `410` and `UNREGISTERED`: the token is unregistered, in the provider's own words;
 * - `429`: too many requests, quota exceeded, or flow control;
 * - `500`, `503`: internal error, unavailable;
 * - `hang`: takes the request and never answers;
 * - `reset`: breaks off in the middle of the answer;
 * - `one-stream`: Apple delivers, but allows the connection one request at a time from then on;
 * - `80200001` and other result codes: Huawei's answer.
 */
export const faults = [
  '410',
  'UNREGISTERED',
  '429',
  '500',
  '503',
  'hang',
  'reset',
  'one-stream',
  ...huaweiCodes,
] as const;
export type Fault = (typeof faults)[number];

export type FaultTarget = { token: string } | { provider: Provider };

export type Faults = {
  /** Holds until it is cleared, or set anew for the same target. */
  set(target: FaultTarget, fault: Fault): void;
  /** All of them, or that of one token. */
  clear(token?: string): void;
  /** The token's own fault, else that of its provider. */
  of(provider: Provider, token?: string): Fault | undefined;
};

/** A fault that was asked for and that there is not; its message says what was expected. */
export class InvalidFault extends Error {
  override readonly name = 'InvalidFault';
}

const hex = /^[0-9a-f]+$/i;

/** The push address of a browser's subscription. */
const pushAddressIn = (token: string): string | undefined => {
  try {
    return JSON.parse(token).endpoint;
  } catch {
    return undefined;
  }
};

/**
 * Apple's tokens are hex, and SNS hands them on in lower case however they were registered. A browser is its push address,
 * however its subscription is written.
 */
const canonical = (token: string): string =>
  hex.test(token) ? token.toLowerCase() : (pushAddressIn(token) ?? token);

export const createFaults = (): Faults => {
  const ofToken = new Map<string, Fault>();
  const ofProvider = new Map<Provider, Fault>();

  return {
    set: (target, fault) => {
      if ('token' in target) ofToken.set(canonical(target.token), fault);
      else ofProvider.set(target.provider, fault);
    },
    clear: (token) => {
      if (token !== undefined) return void ofToken.delete(canonical(token));
      ofToken.clear();
      ofProvider.clear();
    },
    of: (provider, token) =>
      (token === undefined ? undefined : ofToken.get(canonical(token))) ?? ofProvider.get(provider),
  };
};

const oneOf = <Value extends string>(
  field: string,
  expected: readonly Value[],
  given: string | undefined,
): Value => {
  const found = expected.find((value) => value === given);
  if (found === undefined) throw new InvalidFault(`${field}: expected one of ${expected.join(', ')}`);
  return found;
};

/** Reads `{ "token" or "provider", "fault" }`; a fault may be a number. Throws {@link InvalidFault}. */
export const parseFault = (body: unknown): { target: FaultTarget; fault: Fault } => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InvalidFault('expected an object with "fault" and either "token" or "provider"');
  }
  const given = new Map<string, unknown>(Object.entries(body));
  for (const name of given.keys()) oneOf('field', ['token', 'provider', 'fault'], name);
  const text = (name: string): string | undefined => {
    const value = given.get(name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };

  const fault = oneOf('fault', faults, text('fault'));
  if (given.has('token') === given.has('provider')) {
    throw new InvalidFault('expected either "token" or "provider"');
  }
  if (given.has('provider')) {
    const provider = oneOf('provider', providers, text('provider'));
    if (provider !== 'apple' && fault === 'one-stream') {
      throw new InvalidFault('fault: one-stream is a fault of Apple only');
    }
    if (provider !== 'huawei' && huaweiCodes.some((code) => code === fault)) {
      throw new InvalidFault(`fault: ${fault} is a fault of Huawei only`);
    }
    return { target: { provider }, fault };
  }
  const token = text('token');
  if (!token) throw new InvalidFault('token: expected text that is not empty');
  return { target: { token }, fault };
};
