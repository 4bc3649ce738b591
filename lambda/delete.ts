import { createDynamoDb } from './aws/clients.ts';
import { createRegistrationTable } from './aws/registration-table.ts';
import { systemClock } from './aws/system-clock.ts';
import { deleteRegistrations } from './core/delete.ts';
import { readEnvironment } from './environment.ts';
import { handleBody } from './http/handle.ts';
import { parseDelete } from './http/requests.ts';

const table = createRegistrationTable(createDynamoDb(), readEnvironment(process.env).table());

export const handler = handleBody('delete', parseDelete, (request, { caller, trace }) =>
  deleteRegistrations({ table, clock: systemClock }, caller, request, trace),
);
