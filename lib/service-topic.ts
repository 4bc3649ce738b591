import { Stack } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

type ServiceTopicProps = {
  /** The AWS service that publishes. */
  readonly publisher: 'sns.amazonaws.com' | 'cloudwatch.amazonaws.com';
};

/**
 * A topic that an AWS service publishes events of this account to, over TLS only. `enforceSSL` alone would put
 * a policy that only denies in the place of SNS's default one, which allows the owner: so both are allowed here.
 */
export class ServiceTopic extends Topic {
  constructor(scope: Construct, id: string, props: ServiceTopicProps) {
    super(scope, id, { enforceSSL: true });
    const { account } = Stack.of(this);
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Owner',
        principals: [new AnyPrincipal()],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: { StringEquals: { 'AWS:SourceOwner': account } },
      }),
    );
    this.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Service',
        principals: [new ServicePrincipal(props.publisher)],
        actions: ['sns:Publish'],
        resources: [this.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
  }
}
