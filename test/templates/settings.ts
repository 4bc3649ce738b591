import { readFileSync } from 'node:fs';

/** What the least needs, and everything that there is to set. */
export const deployments = {
  least: {
    region: 'us-west-2',
    apps: { demo: { fcm: { projectId: 'demo-12345', secret: 'pns-proxy/demo/fcm' } } },
  },
  everything: {
    ...JSON.parse(readFileSync('pns-proxy.example.json', 'utf8')),
    account: '123456789012',
    keepWarm: true,
    provisionedConcurrency: 2,
    reservedConcurrency: 50,
  },
};
