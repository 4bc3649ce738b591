import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';

/** CDK's own function between CloudFormation and one of ours: it answers CloudFormation whatever ours does. */
export const addEventProvider = (
  scope: Construct,
  handler: ServiceFunction,
  logRetention: RetentionDays,
): Provider => {
  const role = new Role(scope, 'ProviderRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const logGroup = new LogGroup(scope, 'ProviderLog', {
    retention: logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  logGroup.grantWrite(role);
  const provider = new Provider(scope, 'Provider', {
    onEventHandler: handler.function,
    frameworkOnEventRole: role,
    logGroup,
  });
  const { defaultChild } = handler.function.node;
  if (!CfnFunction.isCfnFunction(defaultChild))
    throw new Error('the function has no CloudFormation resource');
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::<${Stack.of(scope).getLogicalId(defaultChild)}.Arn>:*]`,
    reason: 'The provider framework may invoke any version of this one function.',
  });
  return provider;
};
