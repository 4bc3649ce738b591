import type { DeleteRequest, UpdateRequest } from 'pns-proxy-client';
import { canonical, fingerprintOf } from '../../../lambda/core/token.ts';
import type { Change } from './entry.ts';
import { extensionOf, tokensOf } from './entry.ts';

/**
 * Whether a later request, once the proxy has taken it, makes an earlier one moot that was kept aside: sent after all,
 * the earlier one would undo it. So what is left in the list may be sent again at any time.
 */
export const supersedes = (later: Change, earlier: Change): boolean => {
  const tokens = tokensOf(earlier);
  if (tokensOf(later).some((token) => tokens.includes(token))) return onSameLine(later, earlier);
  const extension = extensionOf(later);
  if (extension === undefined || extension !== extensionOf(earlier)) return false;
  if (isOfExtension(later)) return concerns(later.request, earlier);
  return isOfExtension(earlier) && later.operation === 'register' && concerns(earlier.request, later);
};

/** What a request is found by that another one may supersede, or carry along. */
export const subjectsOf = (change: Change): string[] => {
  const extension = extensionOf(change);
  return [
    ...tokensOf(change).map((token) => `token ${token}`),
    ...(extension === undefined ? [] : [`extension ${extension}`]),
    ...('fingerprint' in change.request ? [`fingerprint ${change.request.fingerprint}`] : []),
  ];
};

/** What an update is found by, and what has the fingerprint of its old token for a name. */
export const subjectsCarriedBy = (update: UpdateRequest): string[] => [
  ...subjectsOf({ operation: 'update', request: update }),
  `fingerprint ${fingerprintOf(update.oldToken)}`,
];

/**
 * An earlier request that was kept aside, as it is to be after an update: it names the new token for the old one.
 * Undefined where that leaves nothing to do: the tokens of an earlier update are gone.
 */
export const carriedBy = ({ oldToken, newToken }: UpdateRequest, earlier: Change): Change | undefined => {
  const isOld = (token: string) => canonical(token) === canonical(oldToken);
  const next = (token: string) => (isOld(token) ? newToken : token);
  const { operation, request } = earlier;
  if (operation === 'update') {
    const isNew = canonical(request.oldToken) === canonical(newToken);
    if (isOld(request.oldToken) || isNew) return undefined;
    return { operation, request: { ...request, newToken: next(request.newToken) } };
  }
  if (operation === 'register') return { operation, request: { ...request, token: next(request.token) } };
  if ('token' in request) return { operation, request: { ...request, token: next(request.token) } };
  if (request.fingerprint !== fingerprintOf(oldToken)) return earlier;
  return { operation, request: { ...request, fingerprint: fingerprintOf(newToken) } };
};

/** A token's lines are registrations of their own; an update is about all of them. */
const onSameLine = (a: Change, b: Change): boolean => {
  const [one, other] = [lineOf(a), lineOf(b)];
  return one === undefined || other === undefined || one === other;
};

/** Undefined where it is about all of a token's. */
export const lineOf = ({ operation, request }: Change): number | undefined => {
  if (operation === 'register') return request.line ?? 1;
  return 'line' in request ? request.line : undefined;
};

type ExtensionDelete = Extract<DeleteRequest, { extension: string }>;

const isOfExtension = (change: Change): change is { operation: 'delete'; request: ExtensionDelete } =>
  change.operation === 'delete' && 'extension' in change.request;

/** Whether a delete by extension is about the phone, or phones, of another request to that extension. */
const concerns = ({ deviceId, fingerprint }: ExtensionDelete, { request }: Change): boolean => {
  if (deviceId !== undefined) return 'deviceId' in request && request.deviceId === deviceId;
  if (fingerprint === undefined) return true;
  if ('token' in request) return fingerprintOf(request.token) === fingerprint;
  return 'fingerprint' in request && request.fingerprint === fingerprint;
};
