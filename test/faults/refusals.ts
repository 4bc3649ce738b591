import { randomUUID } from 'node:crypto';
import { SnsError } from '../../local/sns/errors.ts';
import { errorAnswer } from '../../local/sns/xml.ts';
import type { FaultKind, FinalKind, Service } from './fault-proxy.ts';

type Refusal = { status: number; type: string; body: string };

type Refused = Extract<FaultKind, 'throttled' | '500' | '503'> | FinalKind;
type Refusals = Partial<Record<Refused, Refusal>>;

const json =
  (type: string) =>
  (status: number, __type: string, message: string): Refusal => ({
    status,
    type,
    body: JSON.stringify({ __type, message }),
  });

const dynamoDb = json('application/x-amz-json-1.0');
const secretsManager = json('application/x-amz-json-1.1');

/** Amazon DynamoDB developer guide, "Error handling with DynamoDB"; for throttling, that of an on-demand table. */
const ofDynamoDb: Refusals = {
  throttled: dynamoDb(
    400,
    'com.amazon.coral.availability#ThrottlingException',
    'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling it.',
  ),
  '500': dynamoDb(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError', 'Internal server error'),
  '503': dynamoDb(503, 'com.amazon.coral.service#ServiceUnavailableException', 'Service is unavailable'),
};

const sns = (error: SnsError): Refusal => ({
  status: error.status,
  type: 'text/xml',
  body: errorAnswer(error, randomUUID()),
});

/** Amazon SNS API reference, "Common Errors"; a 503 of what stands before the service is HTML. */
const ofSns: Refusals = {
  throttled: sns(new SnsError('Throttled', 'Rate exceeded')),
  '500': sns(new SnsError('InternalError', 'Internal Error')),
  '503': {
    status: 503,
    type: 'text/html',
    body: '<html><body><b>Http/1.1 Service Unavailable</b></body></html>',
  },
};

/** AWS Secrets Manager API reference, GetSecretValue and "Common Errors". */
const ofSecretsManager: Refusals = {
  throttled: secretsManager(400, 'ThrottlingException', 'Rate exceeded'),
  '500': secretsManager(500, 'InternalServiceError', 'An error occurred on the server side.'),
  '503': secretsManager(503, 'ServiceUnavailable', 'The request has failed due to a temporary failure.'),
  denied: secretsManager(
    400,
    'AccessDeniedException',
    'The role is not authorized to perform GetSecretValue',
  ),
  missing: secretsManager(
    400,
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret.",
  ),
};

const ofServices: Record<Service, Refusals> = {
  DynamoDB: ofDynamoDb,
  SNS: ofSns,
  'Secrets Manager': ofSecretsManager,
};

/** An error of AWS's, in its own words. */
export const refusalOf = (service: Service, kind: Refused): Refusal => {
  const refusal = ofServices[service][kind];
  if (refusal === undefined) throw new Error(`${service} is not ${kind} here`);
  return refusal;
};
