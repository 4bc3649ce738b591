import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach } from 'vitest';
import { createEndpoint, quick, scratch, startSpool } from './support.ts';

/** For each test of a file an endpoint, and a spool that delivers to it. */
export const useSpool = () => {
  let place: ReturnType<typeof scratch>;
  const run = {
    endpoint: createEndpoint(),
    pns: undefined as unknown as Awaited<ReturnType<typeof startSpool>>,
    /** Starts the spool anew, with another pace. */
    restart: async ({ pace = {} }: { pace?: Partial<typeof quick> } = {}) => {
      await run.pns.stop();
      run.pns = await startSpool(place.file, run.endpoint.send, { ...quick, ...pace });
    },
    /** As another process does, until it is closed. */
    lockSpool: () => {
      const other = new DatabaseSync(place.file);
      // The spool itself may be writing.
      other.exec('PRAGMA busy_timeout = 10000');
      other.exec('BEGIN IMMEDIATE');
      return other;
    },
    takenExtensions: () => run.endpoint.taken.map(({ body }) => body['extension']),
  };

  beforeEach(async () => {
    place = scratch();
    run.endpoint = createEndpoint();
    await run.endpoint.start();
    run.pns = await startSpool(place.file, run.endpoint.send);
  });
  afterEach(async () => {
    await run.pns.stop();
    await run.endpoint.stop();
    place.remove();
  });
  return run;
};
