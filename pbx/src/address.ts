/** Where pns listens. */
export type Address = { host: string; port: number };

/** Whom a URL names, an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '');

/** As one writes it in PROXY_ADDRESS. */
export const formatAddress = ({ host, port }: Address): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

export const urlOf = (address: Address): string => `http://${formatAddress(address)}`;
