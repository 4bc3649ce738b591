import type { operatorOf } from './operator.ts';
import type { Pbx } from './pbx.ts';
import type { World } from './world.ts';

/** A deployment of the demo app, and of a brand that has Google alone, as several suites use it one after the other. */
export type Deployed = ReturnType<typeof operatorOf> & {
  world: World;
  /** The stack's. */
  outputs: Record<string, string>;
  /** Without a key. */
  endpoint: Pbx;
};
