import { isDeepStrictEqual } from 'node:util';
import type { KeyName } from './keys.ts';
import type { Settings } from './settings.ts';

/** What a running daemon cannot change: it listens, and has its data open. */
export const untilRestart = { PROXY_ADDRESS: 'proxyAddress', DATA_DIR: 'dataDir' } as const satisfies {
  [Name in KeyName]?: keyof Settings;
};

export type Reloaded = {
  /** What holds from now on. */
  settings: Settings;
  /** Keys that were changed, and take a restart. */
  needRestart: (keyof typeof untilRestart)[];
};

/** @param read what pns.conf says now */
export const reloaded = (running: Settings, read: Settings): Reloaded => {
  const { proxyAddress, dataDir } = running;
  const names = Object.keys(untilRestart) as (keyof typeof untilRestart)[];
  return {
    settings: { ...read, proxyAddress, dataDir },
    needRestart: names.filter(
      (name) => !isDeepStrictEqual(running[untilRestart[name]], read[untilRestart[name]]),
    ),
  };
};
