import { framesOf } from '../log/describe-error.ts';
import { CommandError } from './failure.ts';
import { visible } from './table.ts';

/** Errors whose messages are meant to be read by people, and hold nothing secret. */
const readable = new Set(['SettingsError', 'SpoolError', 'AlreadyRunning', 'DataDirError', 'ListenError']);

/** A failure in words, as a rule in one line; several where several things are wrong. Never a stack trace. */
export const describeFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return 'failed, and nobody said why';
  if (error instanceof CommandError || readable.has(error.name)) {
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
