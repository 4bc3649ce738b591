import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DeliveryFeedback } from './delivery-feedback.ts';
import { EndpointRelease } from './endpoint-release.ts';
import { KeepWarm } from './keep-warm.ts';
import { Operations } from './operations.ts';
import { PlatformApplications } from './platform-applications.ts';
import { ProviderCredentials } from './provider-credentials.ts';
import { PushApi } from './push-api.ts';
import { RegistrationTable } from './registration-table.ts';
import { providerSecrets } from './served-apps.ts';
import { ServiceTopic } from './service-topic.ts';
import type { Settings } from './settings-schema.ts';

type ServiceStackProps = StackProps & { readonly settings: Settings };

/** The push2 endpoint and all that it rests on. */
export class ServiceStack extends Stack {
  readonly operations: Operations;
  readonly pushApi: PushApi;
  readonly release: EndpointRelease;
  readonly feedback: DeliveryFeedback;
  readonly deliveryLogs: PlatformApplications['deliveryLogs'];

  constructor(scope: Construct, id: string, { settings, ...props }: ServiceStackProps) {
    super(scope, id, { description: 'pns-proxy: wakes phones for SIP calls', ...props });
    const failureTopic = new ServiceTopic(this, 'DeliveryFailures', { publisher: 'sns.amazonaws.com' });
    const applications = new PlatformApplications(this, 'PlatformApplications', { settings, failureTopic });
    this.deliveryLogs = applications.deliveryLogs;
    const table = new RegistrationTable(
      this,
      'Table',
      settings.tableName ? { tableName: settings.tableName } : {},
    );
    // A wrong secret fails before a table exists that nothing deletes again.
    table.node.addDependency(applications);
    if (providerSecrets(settings.apps).length > 0)
      table.node.addDependency(new ProviderCredentials(this, 'ProviderCredentials', { settings }));
    const shared = { settings, table, applications };

    this.operations = new Operations(this, 'Operations', shared);
    this.release = new EndpointRelease(this, 'EndpointRelease', shared);
    this.feedback = new DeliveryFeedback(this, 'DeliveryFeedback', { ...shared, failureTopic });
    this.pushApi = new PushApi(this, 'PushApi', { settings, operations: this.operations });
    if (settings.keepWarm) {
      // What tells of a cancel or a message can wait for a function to start; a caller does not.
      const { pushCallTarget, authorize } = this.operations;
      new KeepWarm(this, 'KeepWarm', [pushCallTarget, authorize.function]);
    }

    new CfnOutput(this, 'Url', { value: this.pushApi.url, description: 'Where a PBX sends its requests' });
    new CfnOutput(this, 'ApiId', { value: this.pushApi.api.apiId });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    new CfnOutput(this, 'PushCallLog', { value: this.operations.pushCall.logGroup.logGroupName });
    new CfnOutput(this, 'PushCancelLog', { value: this.operations.pushCancel.logGroup.logGroupName });
    new CfnOutput(this, 'PushMessageLog', { value: this.operations.pushMessage.logGroup.logGroupName });
    new CfnOutput(this, 'FeedbackLog', { value: this.feedback.function.logGroup.logGroupName });
    new CfnOutput(this, 'FeedbackFunction', { value: this.feedback.function.function.functionName });
    new CfnOutput(this, 'FeedbackQueue', { value: this.feedback.failures.queueUrl });
    new CfnOutput(this, 'ReleaseQueue', { value: this.release.failures.queueUrl });
    new CfnOutput(this, 'SnsArn', { value: applications.environment.SNS_ARN });
    new CfnOutput(this, 'Apps', { value: Object.keys(settings.apps).join() });
    new CfnOutput(this, 'RegistrationDays', { value: String(settings.registrationDays) });
  }
}
