/** What was found out of step. A token stands here as its fingerprint alone. */
export type Findings = {
  /** Endpoints that no registration uses, by ARN: the fingerprint of each one's token. */
  endpointsWithoutRows: Record<string, { fingerprint: string }>;
  /** Endpoints that are gone, by ARN: the registrations that name them. */
  rowsWithoutEndpoint: Record<string, { fingerprint: string; pbxId: string }[]>;
};

/** One line each. */
export const describeFindings = ({ endpointsWithoutRows, rowsWithoutEndpoint }: Findings): string[] => [
  ...Object.entries(endpointsWithoutRows).map(
    ([arn, { fingerprint }]) => `endpoint without registration: ${arn} of token ${fingerprint}`,
  ),
  ...Object.entries(rowsWithoutEndpoint).flatMap(([arn, rows]) =>
    rows.map(
      ({ fingerprint, pbxId }) =>
        `registration without endpoint: token ${fingerprint} at PBX ${pbxId} names ${arn}`,
    ),
  ),
];

export const countFindings = ({ endpointsWithoutRows, rowsWithoutEndpoint }: Findings) => ({
  endpoints: Object.keys(endpointsWithoutRows).length,
  rows: Object.values(rowsWithoutEndpoint).flat().length,
});
