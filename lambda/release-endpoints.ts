import { createEndpointPorts } from './aws/endpoint-ports.ts';
import type { StreamEvent } from './aws/removed-registrations.ts';
import { removedRegistrations } from './aws/removed-registrations.ts';
import { releaseEndpoint } from './core/endpoints.ts';
import { fingerprintOf } from './core/token.ts';
import { readEnvironment } from './environment.ts';
import { handleEvent } from './http/handle-events.ts';

const environment = readEnvironment(process.env);
const ports = createEndpointPorts(environment.table(), environment.sns());

/** Behind the table's stream. A record may come again, and late: releasing what is needed does nothing. */
export const handler = async (event: StreamEvent): Promise<void> => {
  for (const removed of removedRegistrations(event)) {
    const { token, pbxId, extension } = removed;
    await handleEvent('release_endpoint', async (trace) => {
      trace.add({ pbxId, extension, fingerprint: fingerprintOf(token) });
      trace.add({ endpoint: await releaseEndpoint(ports, removed) });
    });
  }
};
