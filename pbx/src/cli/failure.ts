import { ReadableError } from '../readable-error.ts';

/** How a command fails on purpose. */
export class CommandError extends ReadableError {
  override readonly name = 'CommandError';
}
