import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/** What the partition keys begin with that a function may touch. */
type LeadingKeys = 'TOKEN#*' | 'KEY#*' | 'GUARD#*' | 'PBX#*' | 'arn:*:sns:*';
type Index = 'byExtension' | 'byEndpoint';

type RegistrationTableProps = {
  /** @default - named by CloudFormation */
  readonly tableName?: string;
};

/** Registrations and keys. Outlives the stack: no phone rings without it, and only phones could fill a new one. */
export class RegistrationTable extends TableV2 {
  constructor(scope: Construct, id: string, props: RegistrationTableProps) {
    super(scope, id, {
      ...props,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: 'byExtension' satisfies Index,
          partitionKey: { name: 'extensionKey', type: AttributeType.STRING },
          sortKey: { name: 'extensionSort', type: AttributeType.STRING },
        },
        {
          indexName: 'byEndpoint' satisfies Index,
          partitionKey: { name: 'endpointArn', type: AttributeType.STRING },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      timeToLiveAttribute: 'expiresAt',
      dynamoStream: StreamViewType.OLD_IMAGE,
    });
  }

  get streamArn(): string {
    if (!this.tableStreamArn) throw new Error('the table has no stream');
    return this.tableStreamArn;
  }

  /** Allows these actions on items whose partition key matches `keys`, and on no others. */
  allow(role: IRole, keys: LeadingKeys, ...actions: readonly `dynamodb:${string}`[]): void {
    role.addToPrincipalPolicy(onKeys(this.tableArn, keys, actions));
  }

  /** Allows queries of one index, for partitions that match `keys`. */
  allowQuery(role: IRole, index: Index, keys: LeadingKeys): void {
    role.addToPrincipalPolicy(onKeys(`${this.tableArn}/index/${index}`, keys, ['dynamodb:Query']));
  }
}

const onKeys = (resource: string, keys: LeadingKeys, actions: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: [resource],
    // "IAM policy conditions for fine-grained access control", Amazon DynamoDB Developer Guide.
    conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } },
  });
