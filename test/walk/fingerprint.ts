import { hash } from 'node:crypto';

export const epoch = 1_795_348_800_000;

/** Times as they stand in a state's text. */
export const aTime = /\b1[78]\d{11}\b/g;
const anEndpoint = /arn:aws:sns:[^"\\]+/g;

/**
 * Times count by their order alone and endpoints by which is which, so that two states that differ only in when they
 * came about, or in how many endpoints there were before, are one.
 */
export const fingerprint = (state: string): string => {
  // What was before `epoch` stays: how long before is a matter of days.
  const times = [...new Set(state.match(aTime))].filter((time) => Number(time) >= epoch).sort();
  const endpoints = [...new Set(state.match(anEndpoint))];
  const canonical = state
    .replace(aTime, (time) => (times.includes(time) ? `-${times.indexOf(time)}` : time))
    .replace(anEndpoint, (endpoint) => `endpoint ${endpoints.indexOf(endpoint)}`);
  return hash('sha1', canonical, 'base64');
};
