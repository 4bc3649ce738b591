import { Stack, type StackProps } from 'aws-cdk-lib';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { addAlarms } from './alarms.ts';
import { addDashboard } from './dashboard.ts';
import { DeliveryStatusMetrics } from './delivery-status-metrics.ts';
import { LogMetrics } from './log-metrics.ts';
import { addSavedQueries } from './saved-queries.ts';
import type { ServiceStack } from './service-stack.ts';
import { ServiceTopic } from './service-topic.ts';
import type { Settings } from './settings-schema.ts';

type MonitoringStackProps = StackProps & {
  readonly settings: Settings;
  readonly service: ServiceStack;
};

/** What tells people how the service fares. No metric has a PBX or an extension as a dimension: each value is billed. */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, { settings, service, ...props }: MonitoringStackProps) {
    super(scope, id, { description: 'pns-proxy: dashboard, alarms and saved queries', ...props });
    const topic = new ServiceTopic(this, 'Alarms', { publisher: 'cloudwatch.amazonaws.com' });
    if (settings.alarmEmail) topic.addSubscription(new EmailSubscription(settings.alarmEmail));

    const logged = new LogMetrics(this, 'Logged', { namespace: settings.stack, service });
    addAlarms(this, { service, logged, topic });
    const dashboard = addDashboard(this, { name: settings.stack, service, logged });
    if (service.deliveryLogs.length > 0)
      new DeliveryStatusMetrics(this, 'Delivery', {
        namespace: settings.stack,
        logs: service.deliveryLogs,
        dashboard,
      });
    addSavedQueries(this, { folder: settings.stack, service });
  }
}
