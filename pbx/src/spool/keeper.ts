import { faultIn } from './database.ts';
import { replacedError } from './place.ts';
import { identityOf, logsBeside, rescuedBeside, rescuedOf } from './rescued.ts';
import { SpoolError, spoolErrorOf } from './spool-error.ts';
import { targetOf } from './spool-file.ts';
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
export const createKeeper = (given: string, tell: (state: State) => void) => {
  let file = given;
  let store: Store | undefined;
  /** What was closed to be opened anew, until it is. */
  let before: Store | undefined;
  let fault: Reason | undefined;
  let told: string | undefined;
  const logsTold = new Set<string>();
  let rescueAt = 0;
  /** The highest number that this process has given. */
  let highest = 0;

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

  const tellOfLeft = (message: string): void =>
    tell({ event: 'internal_error', code: 'replaced', message, ...(fault && { fault: fault.code }) });
  const inPlaceAgain = (): State => ({
    event: 'spool_mended',
    message: `the spool ${file} is in its place again`,
  });

  const open = (): void => {
    // Of the file itself from the second time on, whatever becomes of a link to it: that has what was acknowledged.
    file = targetOf(file);
    try {
      const opened = openStore(file);
      opened.goOnFrom(highest);
      store = opened;
      before?.reopened();
      before = undefined;
      if (fault !== undefined) mended({ event: 'spool_mended', message: `the spool ${file} is open` });
    } catch (error) {
      failed(reasonOf(error, file));
    }
    for (const path of logsBeside(file)) {
      if (logsTold.has(path)) continue;
      logsTold.add(path);
      tellOfLeft(
        `${path} is the log of a spool that was moved away from ${file} without it, and may hold what that took last: ` +
          'move it to where that is now, under its name and -wal, or delete it',
      );
    }
  };

  const bringBack = (opened: Store, isBack: boolean): void => {
    const text = isBack ? inPlaceAgain().message : `the spool ${file} was deleted while pns was running`;
    try {
      opened.rescue();
    } catch (error) {
      rescueAt = performance.now() + tryEveryMs;
      const { code, message } = reasonOf(error, file);
      failed({ code: isBack ? 'replaced' : 'missing', message: `${text}: ${message}` }, `${text} ${code}`);
      return;
    }
    if (isBack) mended(inPlaceAgain());
    else {
      const message = `${text}: all that it held is in a new file${othersBeside()}`;
      mended({ event: 'internal_error', code: 'missing', message });
    }
    highest = opened.highest();
    // Before it is opened anew: SQLite shares what it has open of a file.
    opened.close();
    before = opened;
    store = undefined;
    open();
  };

  const look = (isClosing: boolean): void => {
    if (store === undefined) return;
    const where = store.whereabouts();
    if (where === 'in place' && fault !== undefined) {
      store.forgetCopy();
      mended(inPlaceAgain());
    }
    if (!isClosing && performance.now() < rescueAt) return;
    if (where === 'deleted' || where === 'back') bringBack(store, where === 'back');
    if (where === 'replaced') giveWay(store);
  };

  /** What another file keeps from its place would be gone with the process. */
  const giveWay = (opened: Store): void => {
    const { code, message } = reasonOf(replacedError(file), file);
    try {
      const { depth, keptAside } = opened.counts();
      const holdsAny = depth + keptAside > 0;
      if (holdsAny) opened.saveBeside();
      else opened.forgetCopy();
      opened.giveWay();
      const where = holdsAny ? `; all that it held is in ${rescuedOf(file)}${othersBeside()}` : '';
      failed({ code, message: `${message}${where}` });
    } catch (error) {
      rescueAt = performance.now() + tryEveryMs;
      failed({ code, message: `${message}: ${reasonOf(error, file).message}` }, 'not saved');
    }
  };

  const othersBeside = (): string => {
    const others = rescuedBeside(file).filter((path) => path !== rescuedOf(file));
    return others.length === 0 ? '' : ` (what was rescued before is in ${others.join(', ')})`;
  };

  open();
  // Beside a link too: it may have taken the place of a file.
  for (const path of new Set([...rescuedBeside(file), ...rescuedBeside(given)])) {
    if (identityOf(path) !== identityOf(file)) tellOfLeft(leftOver(path, file));
  }

  return {
    store: () => store,
    fault: () => fault,
    open,
    look: () => look(false),
    close: (): void => {
      look(true);
      store?.close();
    },
  };
};

const leftOver = (path: string, file: string): string => {
  const found = faultIn(path);
  if (found !== undefined && path.endsWith('.new')) {
    return `${path} was to be what a spool held, and was never written whole`;
  }
  const held = 'what a spool held whose file was deleted or replaced is in';
  if (found !== undefined) return `${held} ${path}, and cannot be read: ${found.message}`;
  const isLatest = path === rescuedOf(file);
  const way = isLatest
    ? `only where pns has taken nothing since: stop pns, move ${file} away, together with its -wal and ` +
      '-shm files, and start pns: it takes its place. Otherwise it would'
    : 'left there before a later one: it may';
  return `${held} ${path} (${way} undo what was taken since: see what it holds, and delete it)`;
};
