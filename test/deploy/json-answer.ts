const prefixes = { lambda: undefined, events: 'AWSEvents', logs: 'Logs_20140328' };

/**
 * What MiniStack answers, for services whose clients nothing else here needs.
 *
 * @param asked an action, or a path of Lambda's
 */
export const jsonAnswerOf = async (
  url: string,
  service: keyof typeof prefixes,
  asked: string,
  body?: object,
): Promise<unknown> => {
  const prefix = prefixes[service];
  const answer = await fetch(prefix === undefined ? url + asked : url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      authorization: `AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/${service}/aws4_request`,
      ...(prefix !== undefined && { 'x-amz-target': `${prefix}.${asked}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return answer.json();
};
