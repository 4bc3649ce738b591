import { ReadableError } from '../readable-error.ts';

/** Says all that is wrong with pns.conf: a line each, `FILE:LINE: NAME: expected …`. No value is told back. */
export class SettingsError extends ReadableError {
  override readonly name = 'SettingsError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join('\n'), options);
    this.faults = faults;
  }
}
