/** How long what of a stop may take, in milliseconds: pns ends within 10 s, whatever hangs. One after another. */
export const stopTimes = {
  /** What the PBX has asked for; then it is given up. */
  callsMs: 4_000,
  /** What was given up, and the cancels that have waited for it. */
  givenUpMs: 1_000,
  /** Deliveries; what they came to is written down for a second more. */
  deliveriesMs: 1_000,
  /** What still hangs is ended with the process, which waits for the thread of a spool that another process holds. */
  allMs: 7_500,
} as const;
