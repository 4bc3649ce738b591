import { UsageError } from '../arguments.ts';
import { AdminError } from '../failure.ts';
import { type FunctionLogs, findCalls, type Search, type Wanted } from './find-calls.ts';
import { pushOperations } from './lines.ts';
import { formatReport, reportOn } from './report.ts';

export type WhyOptions = {
  uuid?: string;
  call?: string;
  extension?: string;
  pbx?: string;
  /** The messages of `extension`, not its calls. */
  messages?: true;
  /** How many calls to tell of, at most. */
  last: number;
  /** Epoch milliseconds. @default - as far back as the logs go */
  since?: number;
  json?: true;
};

/** @throws UsageError where not exactly one call, or extension of a PBX, is named */
const wantedBy = ({ uuid, call, extension, pbx, messages }: WhyOptions): Wanted => {
  const named = Object.entries({ uuid: uuid?.toLowerCase(), callId: call, extension }).flatMap(
    ([field, value]) => (value === undefined ? [] : [{ field: field as Wanted['field'], value }]),
  );
  const [wanted, ...more] = named;
  if (wanted === undefined || more.length > 0) {
    throw new UsageError('why: expected one of --uuid, --call, or --extension with --pbx');
  }
  if (wanted.field === 'extension' && pbx === undefined) {
    throw new UsageError('--extension: expected --pbx beside it, since each PBX has extensions of its own');
  }
  if (messages && wanted.field !== 'extension')
    throw new UsageError(
      '--messages: expected --extension beside it; the others find a message all the same',
    );
  return {
    ...wanted,
    ...(pbx !== undefined && { pbxId: pbx }),
    operations: operationsOf(wanted.field, messages),
  };
};

const operationsOf = (field: Wanted['field'], messages: true | undefined): Wanted['operations'] => {
  if (field !== 'extension') return pushOperations;
  return messages ? ['push_message'] : ['push_call', 'push_cancel'];
};

const iso = (time: number): string => new Date(time).toISOString();

const notFound = ({ place, begins }: FunctionLogs, { span }: Search): string => {
  const reach =
    span.since > begins ? 'as --since says; the log goes back further' : 'the log goes back no further';
  return `no such call or message in ${place} since ${iso(span.since)} (${reach}). One of the last minute may be missing. One that is not here either never reached the endpoint (see on the PBX: pns why), was refused by API Gateway (a wrong key, too many requests: see the access log), was no valid request, or ended without a line: one that timed out or crashed (alarms PushCallErrors, ServerErrors) has none`;
};

/**
 * `pns-admin why`: prints a timeline of each call or message.
 *
 * @param now epoch milliseconds
 * @throws AdminError where there is no such call; with `json`, an empty list is printed before
 */
export const showWhy = async (
  open: () => Promise<FunctionLogs>,
  options: WhyOptions,
  now: number,
): Promise<void> => {
  const wanted = wantedBy(options);
  const logs = await open();
  const { last, since = 0, json } = options;
  const search = await findCalls(logs, wanted, { since, last, now });
  const calls = search.calls.map((call) => reportOn(call, now));
  if (json) {
    const searched = { since: iso(search.span.since), until: iso(search.span.until) };
    console.log(JSON.stringify({ calls, more: search.more, searched }, undefined, 2));
  } else if (calls.length > 0) {
    console.log(calls.map(formatReport).join('\n\n'));
    if (search.more) console.error('There are earlier ones: --last shows more.');
  }
  if (calls.length === 0) throw new AdminError(notFound(logs, search));
};
