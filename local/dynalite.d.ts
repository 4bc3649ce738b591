declare module 'dynalite' {
  import type { Server } from 'node:http';

  type Options = {
    /** LevelDB's folder, made if it is missing; in memory without. */
    path?: string;
    /** Milliseconds that a new table stays in the state CREATING. */
    createTableMs?: number;
  };

  /** A server whose only `request` listener answers DynamoDB's JSON protocol; closing it closes the store. */
  const dynalite: (options?: Options) => Server;
  export = dynalite;
}
