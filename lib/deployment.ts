import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { MonitoringStack } from './monitoring-stack.ts';
import { ServiceStack } from './service-stack.ts';
import type { Settings } from './settings-schema.ts';

/** Adds the two stacks of one deployment, and the checks that fail synthesis where they are not kept. */
export const addDeployment = (app: App, settings: Settings) => {
  const env = { region: settings.region, ...(settings.account && { account: settings.account }) };
  const service = new ServiceStack(app, settings.stack, { env, settings });
  const monitoring = new MonitoringStack(app, `${settings.stack}-monitoring`, { env, settings, service });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { service, monitoring };
};
