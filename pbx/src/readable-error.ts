/** An error whose message is for people: it says what is wrong and what to do, and holds nothing secret. */
export class ReadableError extends Error {}
