import type { ServerResponse } from 'node:http';

/** The fault `reset`: a good answer that ends in the middle. */
export const breakOff = (response: ServerResponse, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': 100 });
  response.write('{', () => response.destroy());
};
