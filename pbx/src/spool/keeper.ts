import { rmSync } from 'node:fs';
import { isSound } from './database.ts';
import { replacedError } from './place.ts';
import { isLeftOver, rescuedOf } from './rescued.ts';
import { SpoolError, spoolErrorOf } from './spool-error.ts';
import type { Store } from './store.ts';
import { openStore } from './store.ts';
import type { Reason, State } from './worker-calls.ts';

/** Between two tries to open what cannot be opened, or to bring back what was deleted: each may read or write it all. */
export const tryEveryMs = 2_000;

export const reasonOf = (error: unknown, file: string): Reason => {
  const { code, message } = error instanceof SpoolError ? error : spoolErrorOf(error, 'use', file);
  return { code, message };
};

/**
 * Has the spool open as far as that can be, whatever happens to its files.
 *
 * @param tell is told once of each fault, and once that it is over
 */
export const createKeeper = (file: string, tell: (state: State) => void) => {
  let store: Store | undefined;
  let fault: Reason | undefined;
  let told: string | undefined;
  let rescueAt = 0;
  /** The highest number that this process has given. */
  let highest = 0;
  /** Where all is that it holds, while another file stands in its place: in a file beside, or there is nothing. */
  let saved: 'beside' | 'nothing' | undefined;

  const failed = (reason: Reason, kind: string = reason.code): void => {
    fault = reason;
    if (kind !== told) tell({ event: 'internal_error', fault: reason.code, ...reason });
    told = kind;
  };
  const mended = (state: Omit<State, 'fault'>): void => {
    fault = undefined;
    told = undefined;
    tell(state);
  };

  const open = (): void => {
    try {
      const opened = openStore(file);
      opened.goOnFrom(highest);
      store = opened;
      saved = undefined;
      if (fault !== undefined) mended({ event: 'spool_mended', message: `the spool ${file} is open` });
    } catch (error) {
      failed(reasonOf(error, file));
    }
  };

  const bringBack = (opened: Store): void => {
    const text = `the spool ${file} was deleted while pns was running`;
    try {
      forgetSaved();
      opened.rescue();
    } catch (error) {
      rescueAt = performance.now() + tryEveryMs;
      const { code, message } = reasonOf(error, file);
      failed({ code: 'missing', message: `${text}: ${message}` }, `missing ${code}`);
      return;
    }
    mended({
      event: 'internal_error',
      code: 'missing',
      message: `${text}: all that it held is in a new file`,
    });
    highest = opened.highest();
    // Before it is opened anew: SQLite shares what it has open of a file.
    opened.close();
    store = undefined;
    open();
  };

  const look = (isClosing: boolean): void => {
    const where = store?.whereabouts();
    if (where === 'deleted' && store !== undefined && (isClosing || performance.now() >= rescueAt)) {
      bringBack(store);
    } else if (where === 'replaced' && store !== undefined) {
      saveBeside(store, isClosing);
    } else if (where === 'in place' && fault !== undefined) {
      forgetSaved();
      mended({ event: 'spool_mended', message: `the spool ${file} is in its place again` });
    }
  };

  /** What another file keeps from its place would be gone with the process. Nothing is added to it from then on. */
  const saveBeside = (opened: Store, isClosing: boolean): void => {
    if (saved !== undefined || (!isClosing && performance.now() < rescueAt)) return;
    const { code, message } = reasonOf(replacedError(file), file);
    try {
      const { depth, keptAside } = opened.counts();
      const holdsAny = depth + keptAside > 0;
      if (holdsAny) opened.saveBeside();
      saved = holdsAny ? 'beside' : 'nothing';
      const where = holdsAny ? `; all that it held is in ${rescuedOf(file)}` : '';
      failed({ code, message: `${message}${where}` });
    } catch (error) {
      rescueAt = performance.now() + tryEveryMs;
      failed({ code, message: `${message}: ${reasonOf(error, file).message}` }, 'not saved');
    }
  };
  const forgetSaved = (): void => {
    // Not what somebody else has left there.
    if (saved === 'beside') rmSync(rescuedOf(file), { force: true });
    saved = undefined;
  };

  const giveWay = (): void => {
    // What is saved nowhere else may still be read with its log by whoever moved it.
    if (store?.whereabouts() !== 'replaced' || saved === undefined) return;
    try {
      // Not before: what is in the place again needs it.
      store.giveWay();
    } catch (error) {
      failed(reasonOf(error, file), 'left');
    }
  };

  open();
  if (isLeftOver(file)) {
    const message = isSound(rescuedOf(file))
      ? `what a spool held whose file was deleted or replaced is in ${leftOver(file)}`
      : `${rescuedOf(file)} was to be what a spool held, and was never written whole`;
    tell({ event: 'internal_error', code: 'replaced', message, ...(fault && { fault: fault.code }) });
  }

  return {
    store: () => store,
    fault: () => fault,
    open,
    look: () => look(false),
    close: (): void => {
      look(true);
      giveWay();
      store?.close();
    },
  };
};

const leftOver = (file: string): string =>
  `${rescuedOf(file)} (only where pns has taken nothing since: stop pns, move ${file} away, and start pns: it takes its ` +
  'place. Otherwise it would undo what was taken since: see what it holds, and delete it)';
