import { randomUUID } from 'node:crypto';
import type { RefusalReason } from '../../core/ports.ts';
import { PushRefusal } from '../../core/ports.ts';
import type { Answer } from '../https-post.ts';

/**
 * RFC 8030, sections 5 and 7. Which push service it is, a PBX has chosen: what it refuses otherwise, our signature with it,
 * is no fault of the deployment.
 */
const reasonOf = (status: number): RefusalReason => {
  if (status >= 500) return 'unavailable';
  switch (status) {
    case 404:
    case 410:
      return 'token-refused';
    case 408:
      return 'unavailable';
    case 429:
      return 'throttled';
    default:
      return 'push-service-refused';
  }
};

/** The id of a push that was taken: our own, since that of a push service may hold the push address. Throws PushRefusal. */
export const readAnswer = ({ status }: Answer): string => {
  if (status < 200 || status >= 300) throw new PushRefusal(reasonOf(status));
  return randomUUID();
};
