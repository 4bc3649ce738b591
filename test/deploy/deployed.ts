import type { Pbx } from './pbx.ts';
import type { World } from './world.ts';

/** A deployment of the demo app, and of a brand that has Google alone, as several suites use it one after the other. */
export type Deployed = {
  world: World;
  /** The stack's. */
  outputs: Record<string, string>;
  /** Without a key. */
  endpoint: Pbx;
  /** Gives a new key. */
  addKey(...args: string[]): Promise<string>;
};
