import type { Settings } from '../../lib/settings.ts';
import type { LocalCloud, LocalCloudOptions } from '../../local/cloud.ts';
import { startLocalCloud } from '../../local/cloud.ts';
import { openDataFolder } from '../../local/data-folder.ts';
import { demoSettings } from '../../local/settings.ts';

export type Answer = { status: number; body: Record<string, unknown>; text: string; headers: Headers };

/** Speaks to a local cloud as a PBX does. */
export const pbxOf = (url: string, key: string) => {
  const send = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...init.headers },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, text, headers: response.headers, body: isJson ? JSON.parse(text) : {} };
  };
  return {
    send,
    get: (path: string) => send(path),
    post: (path: string, body: unknown) => send(path, { method: 'POST', body: JSON.stringify(body) }),
  };
};

/** A local cloud on a free port, with what a test needs of it. */
export const startCloud = async (
  changes: { settings?: Settings; dir?: string; reach?: LocalCloudOptions['reach'] } = {},
) => {
  const logs: string[] = [];
  const cloud: LocalCloud = await startLocalCloud({
    settings: changes.settings ?? demoSettings(),
    port: 0,
    onLog: (line) => logs.push(line),
    ...(changes.reach !== undefined && { reach: changes.reach }),
    ...(changes.dir !== undefined && { data: openDataFolder(changes.dir) }),
  });
  const { url, key } = cloud.info;
  const control = pbxOf(url, key);
  return {
    ...cloud,
    logs,
    pbx: control,
    /** The same for another PBX. */
    otherPbx: async (pbxId: string) => {
      const { body } = await control.post('/_local/keys', { pbxId });
      return { key: String(body['key']), ...pbxOf(url, String(body['key'])) };
    },
    setFault: (fault: object) => control.post('/_local/faults', fault),
  };
};
