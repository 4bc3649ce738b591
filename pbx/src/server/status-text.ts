import type { Status } from '../operations.ts';

/** The status as lines for people. */
export const statusText = ({ version, pid, uptimeSeconds, spool, callsInProgress, proxy }: Status): string =>
  [
    `version: ${version}`,
    `pid: ${pid}`,
    `uptime: ${Math.floor(uptimeSeconds)} s`,
    `spool: ${spool.depth} waiting, the oldest for ${Math.floor(spool.oldestSeconds)} s; ${spool.keptAside} kept aside${spool.fault === undefined ? '' : `; FAULT: ${spool.fault}`}`,
    `calls in progress: ${callsInProgress}`,
    `proxy: ${proxy.url}`,
    `breaker: ${proxy.breaker}`,
    `last success: ${proxy.lastSuccessAt ?? 'none'}`,
    `last failure: ${proxy.lastFailureAt === undefined ? 'none' : `${proxy.lastFailureAt} ${proxy.lastFailure ?? ''}`}`,
  ]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
