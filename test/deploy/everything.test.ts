import { afterAll, beforeAll } from 'vitest';
import type { Deployed } from './deployed.ts';
import { describeFeedback } from './feedback.ts';
import { describeFleetGuard, guard } from './fleet-guard.ts';
import { operatorOf } from './operator.ts';
import { pbxAt } from './pbx.ts';
import { describePushRefusals } from './push-refusals.ts';
import { describeReconcile } from './reconcile.ts';
import { describeRefusals } from './refusals.ts';
import { describeRemovedRows } from './removed-rows.ts';
import { describeSettings, describeTakenBack, optional } from './settings.ts';
import type { World } from './world.ts';
import { startWorld, withDirect } from './world.ts';

/** One deployment with all that may be set, and all that does not change a deployment. */
const minutes = 60_000;
const settings = { ...withDirect, ...optional, guard, brake: { callsPerSecond: 1, burst: 50 } };

let world: World;
let deployed: Deployed;
beforeAll(async () => {
  world = await startWorld();
  await world.cdk.bootstrap(settings);
  const { succeeded, output, outputs } = await world.cdk.deploy(settings);
  if (!succeeded) throw new Error(output);
  const endpoint = pbxAt(world.miniStack.url, String(outputs['Url']));
  deployed = { world, outputs, endpoint, ...operatorOf(() => world.adminEnvironment) };
}, 10 * minutes);
afterAll(() => world?.close(), minutes);

for (const suite of [
  // What is out of step is counted: before others leave something so.
  ...[describeSettings, describeReconcile, describeFeedback, describeRemovedRows],
  ...[describeRefusals, describePushRefusals, describeFleetGuard],
])
  suite(() => deployed);
describeTakenBack();
