import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Closing } from './closing.ts';

export type FakePhone = {
  endpoint?: Record<string, string>;
  aor?: Record<string, string>;
  contacts?: { uri: string; userAgent?: string }[];
};

export type AriState = {
  phones: Record<string, FakePhone>;
  /** The [system] section, if there is one. */
  system?: Record<string, string>;
  asked: string[];
  /** The object that is never answered for. */
  hangsAt?: string;
};

/** Some of what Asterisk 22.10.1 answered for an endpoint and an AOR that set nothing. */
const endpointDefaults = {
  allow: '(ulaw)',
  ice_support: 'false',
  media_encryption: 'no',
  rtcp_mux: 'false',
  rewrite_contact: 'true',
  transport: '',
  webrtc: 'no',
};
const aorDefaults = {
  max_contacts: '5',
  remove_existing: 'false',
  remove_unavailable: 'false',
  qualify_frequency: '0',
  maximum_expiration: '7200',
};

const listOf = (settings: Record<string, string>) =>
  Object.entries(settings).map(([attribute, value]) => ({ attribute, value }));

const objectOf = ({ phones, system }: AriState, kind: string, id: string): object | undefined => {
  if (kind === 'system') return system && listOf({ compact_headers: 'false', ...system });
  if (kind === 'transport') return listOf({ protocol: id, bind: '0.0.0.0:5060' });
  const [name = '', hash] = id.split(';@');
  const phone = phones[name];
  if (phone === undefined) return undefined;
  const { endpoint, aor, contacts = [] } = phone;
  if (kind === 'endpoint') return listOf({ ...endpointDefaults, aors: name, ...endpoint });
  if (kind === 'contact') {
    const contact = contacts.find(({ uri }) => createHash('md5').update(uri).digest('hex') === hash);
    return contact && listOf({ uri: contact.uri, user_agent: contact.userAgent ?? '', endpoint: name });
  }
  // Each contact stands in an attribute of its own; without any, one stands there empty.
  const shown = contacts.length > 0 ? contacts.map(({ uri }) => uri) : [''];
  return [...listOf({ ...aorDefaults, ...aor }), ...shown.map((value) => ({ attribute: 'contact', value }))];
};

const prefix = '/ari/asterisk/config/dynamic/res_pjsip/';

/** Asterisk's REST interface, as far as it tells of pjsip. Gives the port. */
export const startAri = (closing: Closing, state: AriState, password: string): Promise<number> =>
  closing.listen(
    createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '');
      state.asked.push(`${request.method} ${path}`);
      if (state.hangsAt && path.endsWith(state.hangsAt)) return;
      const json = (status: number, body: unknown) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (request.headers.authorization !== `Basic ${Buffer.from(`pns:${password}`).toString('base64')}`) {
        return void json(401, { message: 'Authentication required' });
      }
      if (path === '/ari/endpoints/PJSIP') {
        const known = Object.keys(state.phones);
        return void json(
          200,
          known.map((resource) => ({ technology: 'PJSIP', resource, state: 'offline', channel_ids: [] })),
        );
      }
      const [kind = '', id = ''] = path.startsWith(prefix) ? path.slice(prefix.length).split('/') : [];
      const object = objectOf(state, kind, id);
      if (object) json(200, object);
      else json(404, { message: `Object with id '${path.split('/').at(-1)}' not found` });
    }),
  );
