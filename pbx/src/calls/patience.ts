/**
 * How long pns takes at most over what a PBX waits for, in milliseconds. CALL_DEADLINE_MS is counted where it waits, so
 * that HTTP has its share of it, which grows where many calls come at once.
 */
export const patienceOf = ({ callDeadlineMs }: { callDeadlineMs: number }): number =>
  callDeadlineMs - Math.min(200, callDeadlineMs / 10);
