import type { Registration, RegistrationKey } from '../core/registration.ts';

/**
 * A registration as an item: times in epoch milliseconds, but for `expiresAt`, which DynamoDB's time to live
 * wants in seconds.
 */
export type RegistrationItem = Omit<Registration, keyof RegistrationKey> & {
  pk: string;
  sk: string;
  extensionKey: string;
  extensionSort: string;
};

const tokenPrefix = 'TOKEN#';
const rowName = /^PBX#([a-z0-9-]+)#LINE#(\d+)$/;

export const tokenPk = (tokenHash: string): string => `${tokenPrefix}${tokenHash}`;
export const linesOf = (pbxId: string): string => `PBX#${pbxId}#LINE#`;
export const extensionKey = (pbxId: string, extension: string): string => `PBX#${pbxId}#EXT#${extension}`;

export const itemKey = ({ tokenHash, pbxId, line }: RegistrationKey) => ({
  pk: tokenPk(tokenHash),
  sk: `${linesOf(pbxId)}${line}`,
});

export const readItemKey = ({ pk, sk }: { pk: string; sk: string }): RegistrationKey => {
  const [, pbxId, line] = rowName.exec(sk) ?? [];
  if (!pk.startsWith(tokenPrefix) || pbxId === undefined) throw new Error('not a registration');
  return { tokenHash: pk.slice(tokenPrefix.length), pbxId, line: Number(line) };
};

/** What `claim` and `inherit` write: all but the key and what is known of the endpoint. */
export const claimAttributes = (registration: Registration) => {
  const { tokenHash, pbxId, line: _line, expiresAt, ...attributes } = registration;
  const { endpointArn: _arn, verifiedAt: _at, disabledAt: _d, disabledReason: _r, ...claimed } = attributes;
  return {
    ...claimed,
    expiresAt: Math.ceil(expiresAt / 1_000),
    extensionKey: extensionKey(pbxId, registration.extension),
    extensionSort: tokenPk(tokenHash),
  };
};

export const readItem = (item: RegistrationItem): Registration => {
  const { pk, sk, extensionKey: _key, extensionSort: _sort, expiresAt, ...attributes } = item;
  return { ...attributes, ...readItemKey({ pk, sk }), expiresAt: expiresAt * 1_000 };
};
