import type { FailureLine } from './lines.ts';

/**
 * One of each push, by SNS's message id. SNS may deliver its event more than once, and feedback may fail in between:
 * what any of its lines did stands in the one, in the order of time.
 */
export const mergeFailures = (lines: readonly FailureLine[]): Map<string, FailureLine> => {
  const merged = new Map<string, FailureLine>();
  for (const line of lines.toSorted((a, b) => a.loggedAt - b.loggedAt)) {
    const earlier = merged.get(line.messageId);
    const registrations = [...(earlier?.registrations ?? []), ...line.registrations];
    merged.set(line.messageId, { ...(earlier ?? line), registrations });
  }
  return merged;
};

/**
 * What was done about a token at a PBX, lastly; `undefined` where it was left as it was. The token's rows at other PBXs
 * are none of this one's business.
 */
export const verdictOn = (
  { registrations }: FailureLine,
  token: { pbxId: string; fingerprint: string },
): string | undefined =>
  registrations.findLast(
    ({ pbxId, fingerprint, verdict }) =>
      pbxId === token.pbxId && fingerprint === token.fingerprint && verdict !== 'untouched',
  )?.verdict;
