import type { EndpointGateway, PushGateway, RegistrationTable } from '../../../lambda/core/ports.ts';

/** What a request to a double comes to: an error to throw, or nothing. */
export type Failure = () => { error: unknown } | undefined;

const orFail =
  <Arguments extends unknown[], Result>(failure: Failure, run: (...given: Arguments) => Promise<Result>) =>
  async (...given: Arguments): Promise<Result> => {
    const failed = failure();
    if (failed !== undefined) throw failed.error;
    return run(...given);
  };

export const failingTable = (table: RegistrationTable, failure: Failure): RegistrationTable => ({
  claim: orFail(failure, table.claim),
  inherit: orFail(failure, table.inherit),
  ofToken: orFail(failure, table.ofToken),
  ofTokenAnywhere: orFail(failure, table.ofTokenAnywhere),
  get: orFail(failure, table.get),
  ofExtension: orFail(failure, table.ofExtension),
  ofEndpoint: orFail(failure, table.ofEndpoint),
  setEndpoint: orFail(failure, table.setEndpoint),
  setRefusal: orFail(failure, table.setRefusal),
  remove: orFail(failure, table.remove),
});

type Gateway = EndpointGateway & PushGateway;

export const failingGateway = (gateway: Gateway, failure: Failure): Gateway => ({
  belongs: gateway.belongs,
  createEndpoint: orFail(failure, gateway.createEndpoint),
  enableEndpoint: orFail(failure, gateway.enableEndpoint),
  deleteEndpoint: orFail(failure, gateway.deleteEndpoint),
  publish: orFail(failure, gateway.publish),
});
