import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';

/** The fields of a credential that is a JSON object; undefined where it is none. */
export const readFields = (json: string | undefined): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(json ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
};

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** A private key in PKCS #8, as Apple, Google and Huawei hand keys out; undefined where it is none. */
export const readPrivateKey = (pem: unknown): KeyObject | undefined => {
  if (!isText(pem) || !pem.trimStart().startsWith('-----BEGIN PRIVATE KEY-----')) return undefined;
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
};
