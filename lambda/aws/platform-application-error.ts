/**
 * The only thing that making a platform application throws: CloudFormation shows its message to whoever deploys, so
 * it says what to put right, and holds no value of a secret. It has no cause: Lambda would log that too.
 */
export class PlatformApplicationError extends Error {
  override readonly name = 'PlatformApplicationError';
}
