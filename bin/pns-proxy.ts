#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { addDeployment } from '../lib/deployment.ts';
import { readSettings, SettingsError } from '../lib/settings.ts';

const usual = 'pns-proxy.json';
const example = 'pns-proxy.example.json';

const settingsFile = (app: App): string => {
  const chosen: unknown = app.node.tryGetContext('settings');
  if (typeof chosen === 'string') return chosen;
  if (existsSync(usual)) return usual;
  console.error(`There is no ${usual}: using ${example}, which cannot be deployed as it is.`);
  return example;
};

const app = new App();
try {
  addDeployment(app, readSettings(settingsFile(app)));
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  // At once: an App synthesizes by itself when Node would exit.
  process.exit(1);
}
app.synth();
