import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { ServiceStack } from './service-stack.ts';

type SavedQueriesProps = {
  /** The folder that they stand under in Logs Insights. */
  readonly folder: string;
  readonly service: ServiceStack;
};

/**
 * Saved queries of Logs Insights over what the functions log; words in capitals are to be filled in. Written out, since
 * CDK's QueryString knows no `unnest` (Amazon CloudWatch Logs user guide, "unnest").
 */
export const addSavedQueries = (scope: Construct, { folder, service }: SavedQueriesProps): void => {
  const { operations, feedback, release, pushApi } = service;
  const { pushCall, pushCancel, pushMessage, register, update, delete: remove } = operations;
  const { devices, authorize, health } = operations;
  const pushing = [pushCall, pushCancel, pushMessage];
  const requests = [...pushing, register, update, remove, devices];
  const query = (
    id: string,
    name: string,
    functions: readonly { logGroup: { logGroupName: string } }[],
    ...lines: string[]
  ) =>
    new CfnQueryDefinition(scope, id, {
      name: `${folder}/${name}`,
      logGroupNames: functions.map(({ logGroup }) => logGroup.logGroupName),
      queryString: lines.join('\n| '),
    });

  query(
    'ByCall',
    'by call',
    [...pushing, feedback.function],
    "# A failure that SNS reported later names the push alone: put the messageId of one of the call's pushes in for it.\nfields @timestamp, message.operation, message.pbxId, message.extension, message.devices, message.accepted, message.code, message.failureType, message.messageId, message.durationMs, @message",
    'filter message.uuid = "UUID" or message.callId = "CALL-ID" or message.messageId = "MESSAGE-ID"',
    'sort @timestamp asc',
  );
  query(
    'ByExtension',
    'by extension',
    requests,
    'fields @timestamp, message.operation, message.statusCode, message.code, message.status, message.fingerprint, message.devices, message.accepted, message.uuid, message.callId',
    'filter message.pbxId = "PBX" and message.extension = "EXTENSION"',
    'sort @timestamp desc',
  );
  query(
    'ByPbx',
    'by PBX',
    requests,
    'filter message.pbxId = "PBX"',
    'stats count(*) as requests, sum(message.devices) as phones, sum(message.accepted) as accepted, pct(message.durationMs, 99) as p99Ms by message.operation, message.statusCode, message.code',
    'sort requests desc',
  );
  query(
    'BusiestExtensions',
    'busiest extensions',
    [pushCall],
    'filter message.operation = "push_call" and not ispresent(message.test)',
    'stats count(*) as calls, sum(message.devices) as phones, sum(message.accepted) as accepted by message.pbxId, message.extension, message.code',
    'sort calls desc',
    'limit 100',
  );
  query(
    'Refusals',
    'refusals by reason',
    pushing,
    'fields jsonParse(@message) as line',
    'filter not ispresent(message.test)',
    'unnest line.message.pushes into push',
    'filter push.outcome != "accepted"',
    'stats count(*) as refusals by push.outcome, push.platform, push.app',
    'sort refusals desc',
  );
  query(
    'Spools',
    'spools',
    requests,
    'filter message.spoolOldestSeconds > 0',
    'stats max(message.spoolOldestSeconds) as oldestSeconds, latest(@timestamp) as at by message.pbxId',
    'sort oldestSeconds desc',
  );
  query(
    'Errors',
    'errors',
    [...requests, authorize, health, release.function, feedback.function],
    // The level is that of our own lines and of uncaught errors; a time-out and the like are in Lambda's report alone.
    'filter level in ["ERROR", "FATAL"] or (type like /^platform\\.(init)?report$/i and record.status != "success")',
    'fields @timestamp, @log, message.operation, message.code, message.errorName, message.errorAt.0, message.apiRequestId, record.status, record.requestId, @message',
    'sort @timestamp desc',
  );
  query(
    '5xx',
    '5xx',
    [pushApi],
    'filter status like /^5/',
    'fields @timestamp, routeKey, status, requestId, pbxId, error, authorizerError, integrationError',
    'sort @timestamp desc',
  );
};
