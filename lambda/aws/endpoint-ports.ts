import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EndpointPorts } from '../core/endpoints.ts';
import type { Guard, GuardSettings } from '../core/guard.ts';
import { createGuard } from '../core/guard.ts';
import type { PushGateway } from '../core/ports.ts';
import { createDynamoDb, createSns } from './clients.ts';
import { createGuardTable } from './guard-table.ts';
import { createRegistrationTable } from './registration-table.ts';
import type { Applications } from './sns-gateway.ts';
import { createSnsGateway } from './sns-gateway.ts';
import { systemClock } from './system-clock.ts';

const portsOf = (table: string, applications: Applications, dynamoDb: DynamoDBDocumentClient) => {
  const sns = createSnsGateway(createSns(), applications);
  const registrations = createRegistrationTable(dynamoDb, table);
  return { table: registrations, endpoints: sns, gateway: sns, clock: systemClock };
};

/** Table, SNS and clock, as every function that minds endpoints needs them. */
export const createEndpointPorts = (table: string, applications: Applications): EndpointPorts =>
  portsOf(table, applications, createDynamoDb());

/** And the fleet guard, for the functions that give tokens up; `gateway` is the way out through SNS. */
export const createGuardedPorts = (
  table: string,
  applications: Applications,
  settings: GuardSettings,
): EndpointPorts & { gateway: PushGateway; guard: Guard } => {
  const dynamoDb = createDynamoDb();
  const guard = createGuard({ table: createGuardTable(dynamoDb, table), clock: systemClock }, settings);
  return { ...portsOf(table, applications, dynamoDb), guard };
};
