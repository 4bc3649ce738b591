/** How long what of a stop may take, in milliseconds: pns ends within 10 s, whatever hangs. */
export const stopTimes = {
  /** Requests of the PBX; then calls are given up, and half a second later left alone. */
  callsMs: 6_000,
  /** Deliveries, afterwards; what they came to is written down for a second more. */
  deliveriesMs: 1_500,
  /** What still hangs is ended with the process. */
  allMs: 9_500,
} as const;
