/** How a command fails on purpose: its message says what is wrong and what to do, and holds nothing secret. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
