import type { Entry } from './entry.ts';
import type { createOrder } from './order.ts';
import type { Spool } from './spool.ts';
import type { Read } from './store.ts';

/** So many are read from the disk at a time, and no more while so many may go. */
const readAtOnce = 500;
const enoughReady = 100;

/**
 * Reads what is to be sent, by and by, in the order in which it was taken, and puts it in line; and puts what was kept
 * aside and is to be sent again back in its place.
 *
 * @param readyCount how many may go
 * @param push is given each that may go
 * @param onUnreadable is told of each that cannot be read, and is kept aside now
 */
export const createReader = ({
  spool,
  order,
  readyCount,
  push,
  onUnreadable,
}: {
  spool: Spool;
  order: ReturnType<typeof createOrder>;
  readyCount: () => number;
  push: (entry: Entry) => void;
  onUnreadable: (id: number) => void;
}) => {
  let readThrough = 0;
  let hasMore = true;
  let lookDue = true;
  let isReading = false;

  const enter = (entry: Entry) => {
    if (order.add(entry)) push(entry);
  };

  const tellOf = ({ entries, unreadable }: Read): Entry[] => {
    for (const id of unreadable) onUnreadable(id);
    return entries;
  };

  const readNext = async () => {
    hasMore = false;
    const entries = tellOf(await spool.pendingAfter(readThrough, readAtOnce));
    hasMore ||= entries.length === readAtOnce;
    for (const entry of entries) {
      readThrough = entry.id;
      enter(entry);
    }
  };

  /** Nothing is read meanwhile, so nothing later gets in before what is released. */
  const releaseRetries = async () => {
    lookDue = false;
    hasMore = true;
    for (const entry of tellOf(await spool.retriesAsked())) {
      const isRead = entry.id <= readThrough;
      if (isRead && order.isOvertaken(entry)) continue;
      const released = await spool.release(entry);
      if (isRead && released !== undefined) enter(released);
    }
  };

  return {
    /** Something was added. */
    added: (): void => {
      hasMore = true;
    },
    /** Another process may have written. */
    look: (): void => {
      lookDue = true;
    },
    /** Reads what there is, if more is wanted. Rejects with SpoolError, and begins where it ended the next time. */
    read: async (): Promise<void> => {
      if (isReading) return;
      isReading = true;
      try {
        while (lookDue || (hasMore && readyCount() < enoughReady)) {
          if (lookDue) await releaseRetries();
          else await readNext();
        }
      } catch (error) {
        hasMore = true;
        throw error;
      } finally {
        isReading = false;
      }
    },
  };
};
