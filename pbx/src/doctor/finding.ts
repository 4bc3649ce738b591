export type Check =
  | 'daemon'
  | 'resolvers'
  | 'proxy'
  | 'connection'
  | 'certificate'
  | 'answer'
  | 'clock'
  | 'key'
  | 'ari'
  | 'sip'
  | 'devices';

/** What a check has seen. Holds no token, key, password or name of a person. */
export type Finding = {
  check: Check;
  /** `skipped`: could not be looked at, or there is nothing to look at; `what` says why. */
  level: 'ok' | 'skipped' | 'warning' | 'fault';
  what: string;
  /** What to do about it, for whoever runs the PBX. */
  remedy?: string;
  /** The same and more, for programs. */
  details?: Readonly<Record<string, unknown>>;
};

/** `101, 102, 103 and 9 more` */
export const listed = (names: readonly string[], shown = 8): string => {
  const rest = names.length - shown;
  return names.slice(0, shown).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
};
