import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DeliverPorts } from '../core/deliver.ts';
import type { EndpointPorts } from '../core/endpoints.ts';
import type { GuardSettings } from '../core/guard.ts';
import { createGuard } from '../core/guard.ts';
import { createDynamoDb, createSns } from './clients.ts';
import { createGuardTable } from './guard-table.ts';
import type { Applications } from './push-gateway.ts';
import { createPushGateway } from './push-gateway.ts';
import { createRegistrationTable } from './registration-table.ts';
import { systemClock } from './system-clock.ts';

/** Table, SNS and clock, as every function that minds endpoints needs them. */
export const createEndpointPorts = (
  table: string,
  applications: Applications,
  dynamoDb: DynamoDBDocumentClient = createDynamoDb(),
): EndpointPorts => ({
  table: createRegistrationTable(dynamoDb, table),
  gateway: createPushGateway(createSns(), applications),
  clock: systemClock,
});

/** And the fleet guard, for the functions that give tokens up. */
export const createGuardedPorts = (
  table: string,
  applications: Applications,
  settings: GuardSettings,
): DeliverPorts => {
  const dynamoDb = createDynamoDb();
  const guard = createGuard({ table: createGuardTable(dynamoDb, table), clock: systemClock }, settings);
  return { ...createEndpointPorts(table, applications, dynamoDb), guard };
};
