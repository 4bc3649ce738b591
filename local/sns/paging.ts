import { invalid } from './errors.ts';
import type { Query } from './query.ts';
import { textElement } from './xml.ts';

/** Where a listing goes on: 0, its start, without a `NextToken`. */
export const startOf = (query: Query): number => {
  const token = query.optional('NextToken');
  if (token === undefined) return 0;
  const position = Number(Buffer.from(token, 'base64url').toString());
  if (token === '' || !Number.isSafeInteger(position)) throw invalid('NextToken', 'Invalid token');
  return position;
};

/** The markup that names the next page; none after the last. */
export const pageToken = (next: number | undefined): string =>
  next === undefined ? '' : textElement('NextToken', Buffer.from(String(next)).toString('base64url'));
