import { randomUUID } from 'node:crypto';
import { SnsError } from '../../local/sns/errors.ts';
import { errorAnswer } from '../../local/sns/xml.ts';
import type { Service } from './fault-proxy.ts';

type Refusal = { status: number; type: string; body: string };

const dynamoDb = (status: number, __type: string, message: string): Refusal => ({
  status,
  type: 'application/x-amz-json-1.0',
  body: JSON.stringify({ __type, message }),
});

/** Amazon DynamoDB developer guide, "Error handling with DynamoDB"; for throttling, that of an on-demand table. */
const ofDynamoDb = {
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
const ofSns = {
  throttled: sns(new SnsError('Throttled', 'Rate exceeded')),
  '500': sns(new SnsError('InternalError', 'Internal Error')),
  '503': {
    status: 503,
    type: 'text/html',
    body: '<html><body><b>Http/1.1 Service Unavailable</b></body></html>',
  },
};

/** An error of AWS's, in its own words. */
export const refusalOf = (service: Service, kind: keyof typeof ofSns): Refusal =>
  (service === 'SNS' ? ofSns : ofDynamoDb)[kind];
