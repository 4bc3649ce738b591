import { join } from 'node:path';
import type { Settings } from '../settings/settings.ts';

/** The database in DATA_DIR: the daemon writes it, and commands read it beside. */
export const spoolFileOf = ({ dataDir }: Settings): string => join(dataDir, 'spool.db');
