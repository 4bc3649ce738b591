import type { NotificationEvent } from './aws/delivery-failures.ts';
import { deliveryFailureOf } from './aws/delivery-failures.ts';
import { createGuardedPorts } from './aws/endpoint-ports.ts';
import { days } from './core/duration.ts';
import { feedback } from './core/feedback.ts';
import { readEnvironment } from './environment.ts';
import { handleEvent } from './http/handle-events.ts';

const environment = readEnvironment(process.env);
const ports = {
  ...createGuardedPorts(environment.table(), environment.sns(), environment.guard()),
  lifetimeMs: days(environment.registrationDays()),
};

/** Behind the topic to which SNS tells of pushes that it could not deliver. */
export const handler = async ({ Records }: NotificationEvent): Promise<void> => {
  for (const { Sns } of Records) {
    await handleEvent('feedback', async (trace) => {
      const failure = deliveryFailureOf(Sns.Message);
      if (failure === undefined) return trace.add({ ignored: true });
      await feedback(ports, failure, trace);
    });
  }
};
