import { createEndpointPorts } from './aws/endpoint-ports.ts';
import { days } from './core/duration.ts';
import { update } from './core/update.ts';
import { readEnvironment } from './environment.ts';
import { handleBody } from './http/handle.ts';
import { parseUpdate } from './http/requests.ts';

const environment = readEnvironment(process.env);
const ports = {
  ...createEndpointPorts(environment.table(), environment.sns()),
  lifetimeMs: days(environment.registrationDays()),
};

export const handler = handleBody('update', parseUpdate, (request, { caller, trace }) =>
  update(ports, caller, request, trace),
);
