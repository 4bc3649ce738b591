import type { Finding, Tool } from './tools.ts';

type Exception = {
  tool: Tool;
  rule: string;
  /** Which resources, by type and logical id without its hash. */
  on: RegExp;
  reason: string;
};

/** What cfn-lint and checkov may find. One that finds nothing any longer fails `npm run check:templates`. */
export const exceptions: readonly Exception[] = [
  {
    tool: 'cfn-lint',
    rule: 'W3005',
    on: /^AWS::Lambda::Function /,
    reason:
      "The CDK makes a function wait for its role's policy, and names the role beside it: what is said twice does no harm.",
  },
  {
    tool: 'cfn-lint',
    rule: 'W3005',
    on: /^AWS::ApiGatewayV2::ApiMapping PushApi/,
    reason: 'The CDK names the domain that the mapping refers to once more.',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_26',
    on: /^AWS::SNS::Topic (Alarms|DeliveryFailures)$/,
    reason:
      "CloudWatch and SNS cannot publish to a topic under SNS's own key, and a key of one's own costs by the month: an alarm's text and a failure's endpoint ARN hold no token.",
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_27',
    on: /^AWS::SQS::Queue (EndpointRelease|DeliveryFeedback)Failures$/,
    reason: "Encrypted by SQS's own key (SqsManagedSseEnabled), which this rule does not look for.",
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_45',
    on: /^AWS::Lambda::Function OperationsPush(Call|Cancel|Message)Function$/,
    reason:
      'It takes the public half of the VAPID keys for a key of AWS. The environment holds that, and names of secrets.',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_115',
    on: /^AWS::Lambda::Function /,
    reason:
      "A new account's quota of 10 leaves nothing to reserve. Where there is more, reservedConcurrency sets it for push_call, and the stage's throttle bounds the others.",
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_116',
    on: /^AWS::Lambda::Function (Operations(Authorize|Register|Push(Call|Cancel|Message)|Update|Delete|Devices|Health)|PlatformApplications(Maker|Provider)|ProviderCredentials(Checker|Provider))/,
    reason:
      'The caller waits for the answer, or for the deployment: what fails is told to it and kept nowhere.',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_116',
    on: /^AWS::Lambda::Function (EndpointReleaseReleaseEndpoints|DeliveryFeedback)Function$/,
    reason:
      'What it gives up goes to a queue with an alarm: as the destination of its event source or of its invocations, which tells more than a dead-letter queue of the function would.',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_117',
    on: /^AWS::Lambda::Function /,
    reason:
      'Everything that it speaks to is a public endpoint of AWS, guarded by IAM, or one of Huawei or a push service: a VPC would add a NAT, its cost and its failures, and nothing to hide behind.',
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_158',
    on: /^AWS::Logs::LogGroup /,
    reason: "Encrypted by CloudWatch Logs' own key. No token, key, text or name is in any log.",
  },
  {
    tool: 'checkov',
    rule: 'CKV_AWS_173',
    on: /^AWS::Lambda::Function /,
    reason: "Encrypted by Lambda's own key. The environment holds names and numbers, never a credential.",
  },
];

export const excepts = ({ tool, rule, on }: Exception, finding: Finding): boolean =>
  tool === finding.tool && rule === finding.rule && on.test(finding.on);
