import { randomUUID } from 'node:crypto';
import type { RefusalReason } from '../../core/ports.ts';
import { PushRefusal } from '../../core/ports.ts';
import type { Answer } from '../https-post.ts';

/** RFC 8030, sections 5 and 7; of 401 and 403, RFC 8292, section 4.2. What is named nowhere, we have sent wrongly. */
const reasonOf = (status: number): RefusalReason => {
  if (status >= 500) return 'unavailable';
  switch (status) {
    case 401:
    case 403:
      return 'application-disabled';
    case 404:
    case 410:
      return 'token-refused';
    case 408:
      return 'unavailable';
    case 429:
      return 'throttled';
    default:
      return 'invalid-notification';
  }
};

/** Longer ones are of no use in a log. */
const longestId = 256;

/** Parts of an address that are no everyday words: what makes it a secret. */
const secretsIn = ({ pathname, search }: URL): string[] =>
  `${pathname}${search}`.split(/[/?&=]/).filter((part) => part.length >= 8);

/**
 * What a push service calls the message it took: the path of `Location` (RFC 8030, section 5). It is logged, so that it
 * is one of our own where a service says none, or repeats the push address in it.
 */
const idOf = ({ location }: Answer['headers'], address: URL): string => {
  const path = URL.parse(location ?? '', address.origin)?.pathname ?? '';
  const isFit = path.length > 1 && path.length <= longestId;
  return isFit && !secretsIn(address).some((secret) => path.includes(secret)) ? path : randomUUID();
};

/** The id of a push that was taken. Throws PushRefusal. */
export const readAnswer = ({ status, headers }: Answer, address: URL): string => {
  if (status < 200 || status >= 300) throw new PushRefusal(reasonOf(status));
  return idOf(headers, address);
};
