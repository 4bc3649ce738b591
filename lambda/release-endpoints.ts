import { createEndpointPorts } from './aws/endpoint-ports.ts';
import type { StreamEvent } from './aws/removed-registration.ts';
import { removedRegistration } from './aws/removed-registration.ts';
import { serves } from './core/apps.ts';
import { releaseEndpoint } from './core/endpoints.ts';
import { fingerprintOf } from './core/token.ts';
import { readEnvironment } from './environment.ts';
import { handleEach } from './http/handle-events.ts';

const environment = readEnvironment(process.env);
const ports = createEndpointPorts(environment.table(), environment.sns());
const apps = environment.apps();

/** Behind the table's stream. A record may come again, and late: releasing what is needed does nothing. */
export const handler = ({ Records }: StreamEvent): Promise<void> =>
  handleEach('release_endpoint', Records, async (record, trace) => {
    const removed = removedRegistration(record);
    if (removed === undefined) return trace.add({ ignored: true });
    const { token, pbxId, extension, app } = removed;
    trace.add({ pbxId, extension, fingerprint: fingerprintOf(token) });
    // The role may ask about served apps alone: to try would only be refused, again and again.
    if (!serves(apps, app, removed)) return trace.add({ endpoint: 'platform-not-served' });
    trace.add({ endpoint: await releaseEndpoint(ports, removed) });
  });
