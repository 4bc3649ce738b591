// biome-ignore-all lint/performance/noBarrelFile: what the package exports
export { type Client, createClient } from './client.ts';
export type * from './contract.ts';
export { type OwnErrorCode, PnsProxyError, type PnsProxyErrorCode } from './errors.ts';
export type { Attempt, ClientOptions, RequestOptions } from './options.ts';
