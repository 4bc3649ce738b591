/**
 * Requests to SNS a second. Listing endpoints has a hard limit of 30 for the account, and in the smallest regions 30 is
 * all there is for making, reading and deleting them, too, which registering phones need (Amazon SNS endpoints and
 * quotas).
 */
export const requestsPerSecond = 20;

/** The table is read in so many parts, since a place within one would be named by a token's hash. */
export const tableParts = 64;

export const saveEveryMs = 1_000;
