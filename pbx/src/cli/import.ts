import { readFileSync } from 'node:fs';
import type { Settings } from '../settings/settings.ts';
import { CommandError } from './failure.ts';
import { ImportError, importTable } from './old-table.ts';
import { plural } from './table.ts';
import type { Terminal } from './terminal.ts';

/** File descriptor of standard input. */
const standardInput = 0;

/** `pns import`: `-` is standard input. */
export const importFile = (
  file: string,
  spoolFile: string,
  settings: Settings,
  options: { force?: boolean },
  terminal: Terminal,
): number => {
  const text = readFileSync(file === '-' ? standardInput : file, 'utf8');
  try {
    const count = importTable(text, spoolFile, settings, options);
    terminal.note(`${plural(count, 'registration')} in the spool: the daemon brings them to the proxy`);
    return 0;
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    throw new CommandError(`nothing is imported, since some of ${file} is wrong\n${error.message}`, {
      cause: error,
    });
  }
};
