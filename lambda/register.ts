import { createEndpointPorts } from './aws/endpoint-ports.ts';
import { days } from './core/duration.ts';
import { register } from './core/register.ts';
import { readEnvironment } from './environment.ts';
import { handleBody } from './http/handle.ts';
import { parseRegister } from './http/requests.ts';

const environment = readEnvironment(process.env);
const ports = {
  ...createEndpointPorts(environment.table(), environment.sns()),
  apps: environment.apps(),
  lifetimeMs: days(environment.registrationDays()),
  registrationsPerExtension: environment.registrationsPerExtension(),
};

export const handler = handleBody('register', parseRegister, (request, { caller, trace }) =>
  register(ports, caller, request, trace),
);
