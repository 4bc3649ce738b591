import { createSecretsManager } from './aws/clients.ts';
import { createGuardedPorts } from './aws/endpoint-ports.ts';
import { createSecretReader } from './aws/secret-reader.ts';
import { createBrake } from './core/brake.ts';
import type { PushPorts } from './core/push-to-phones.ts';
import type { readEnvironment } from './environment.ts';
import { createHuaweiGateway } from './providers/huawei/gateway.ts';
import type { ProviderSettings } from './providers/provider-settings.ts';
import { createPushGateway } from './providers/push-gateway.ts';
import { createWebPushGateway } from './providers/web-push/gateway.ts';

/** By app, those that have this side. */
const sidesOf = <Side extends keyof ProviderSettings[string]>(settings: ProviderSettings, side: Side) =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([app, sides]) => (sides[side] ? [[app, sides[side]]] : [])),
  );

/** What the functions that push need, from their environment. */
export const createPushPorts = (environment: ReturnType<typeof readEnvironment>): PushPorts => {
  const { gateway: sns, ...ports } = createGuardedPorts(
    environment.table(),
    environment.sns(),
    environment.guard(),
  );
  const { clock } = ports;
  const settings = environment.providers();
  const standIns = environment.standIns();
  const readSecret = createSecretReader(createSecretsManager());
  const shared = { readSecret, clock, ...(standIns && { standIns }) };
  const huawei = createHuaweiGateway({ ...shared, apps: sidesOf(settings, 'huawei') });
  const webPush = createWebPushGateway({ ...shared, apps: sidesOf(settings, 'webPush') });
  return {
    ...ports,
    gateway: createPushGateway({ sns, huawei, webPush }, clock),
    apps: environment.apps(),
    brake: createBrake(environment.brake(), clock.now),
  };
};
