import { createEndpointPorts } from './aws/endpoint-ports.ts';
import type { StreamEvent } from './aws/removed-registration.ts';
import { removedRegistration } from './aws/removed-registration.ts';
import { releaseEndpoint } from './core/endpoints.ts';
import { fingerprintOf } from './core/token.ts';
import { readEnvironment } from './environment.ts';
import { handleEach } from './http/handle-events.ts';

const environment = readEnvironment(process.env);
const ports = createEndpointPorts(environment.table(), environment.sns());

/** Behind the table's stream. A record may come again, and late: releasing what is needed does nothing. */
export const handler = ({ Records }: StreamEvent): Promise<void> =>
  handleEach('release_endpoint', Records, async (record, trace) => {
    const removed = removedRegistration(record);
    if (removed === undefined) return trace.add({ ignored: true });
    const { token, pbxId, extension } = removed;
    trace.add({ pbxId, extension, fingerprint: fingerprintOf(token) });
    trace.add({ endpoint: await releaseEndpoint(ports, removed) });
  });
