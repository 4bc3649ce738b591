import { OperatorError } from '../core/operator-error.ts';

/** The only thing that making a platform application throws: CloudFormation shows its message to whoever deploys. */
export class PlatformApplicationError extends OperatorError {
  override readonly name = 'PlatformApplicationError';
}
