import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { makeKey, writeKey } from '../lambda/core/key.ts';
import { createDaemon } from '../test/pbx/support/daemon.ts';
import { unpackPns } from '../test/pbx/support/packaged-pns.ts';
import { createStandInEndpoint } from '../test/pbx/support/stand-in-endpoint.ts';

/** pns as it is packaged, before an endpoint that answers at once, and a PBX that keeps its connections alive. */
export const startPns = async (settings: Record<string, number> = {}) => {
  const endpoint = createStandInEndpoint();
  const { url } = await endpoint.start();
  const key = writeKey(makeKey());
  const packaged = await unpackPns();
  const pns = createDaemon({ PUSH_URL: url, KEY: key, ...settings }, [packaged.program]);
  await pns.start();
  const agent = new Agent({ keepAlive: true });
  return {
    endpoint,
    pns,
    url,
    key,
    /** Gives the plain answer. */
    ask: async (path: string): Promise<string> => {
      const asked = request(`${pns.url()}${path}`, { agent }).end();
      const [response] = await once(asked, 'response');
      let text = '';
      for await (const chunk of response) text += chunk;
      return text.trim();
    },
    close: async (): Promise<void> => {
      agent.destroy();
      await pns.stop();
      await endpoint.stop();
      pns.remove();
      packaged.remove();
    },
  };
};
