import { framesOf } from '../log/describe-error.ts';
import { ReadableError } from '../readable-error.ts';
import { visible } from '../visible.ts';

/** A failure in words, as a rule in one line; several where several things are wrong. Never a stack trace. */
export const describeFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return 'failed, and nobody said why';
  if (error instanceof ReadableError) {
    return error.message.split('\n').map(visible).join('\n');
  }
  // Of the system: code, what it was about, and a path at most.
  if ('code' in error && 'syscall' in error) {
    const denied = error.code === 'EACCES' || error.code === 'EPERM';
    return visible(`${error.message}${denied ? ': repeat it with sudo, or as the user of pns' : ''}`);
  }
  // Of nobody's making: its message may hold anything.
  return visible([`internal error: ${error.name}`, framesOf(error)[0]].filter(Boolean).join(' '));
};
