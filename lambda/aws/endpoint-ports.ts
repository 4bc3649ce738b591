import type { EndpointPorts } from '../core/endpoints.ts';
import { createDynamoDb, createSns } from './clients.ts';
import type { Applications } from './push-gateway.ts';
import { createPushGateway } from './push-gateway.ts';
import { createRegistrationTable } from './registration-table.ts';
import { systemClock } from './system-clock.ts';

/** Table, SNS and clock, as every function that minds endpoints needs them. */
export const createEndpointPorts = (table: string, applications: Applications): EndpointPorts => ({
  table: createRegistrationTable(createDynamoDb(), table),
  gateway: createPushGateway(createSns(), applications),
  clock: systemClock,
});
