import { createDynamoDb } from './aws/clients.ts';
import { createRegistrationTable } from './aws/registration-table.ts';
import { systemClock } from './aws/system-clock.ts';
import { devices } from './core/devices.ts';
import { readEnvironment } from './environment.ts';
import { handleQuery } from './http/handle.ts';
import { parseDevices } from './http/requests.ts';

const table = createRegistrationTable(createDynamoDb(), readEnvironment(process.env).table());

export const handler = handleQuery('devices', parseDevices, (request, { caller, trace }) =>
  devices({ table, clock: systemClock }, caller, request, trace),
);
