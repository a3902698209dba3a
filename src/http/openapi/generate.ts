/** `npm run openapi`: writes the published documents to openapi/. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadConfig } from '../../config.ts';
import { buildApp } from '../app.ts';

/** Where the service serves what is published, by its name in openapi/. */
const DOCUMENTS = {
  'openapi.json': '/openapi.json',
  'openapi.yaml': '/openapi.yaml',
  'graph.schema.json': '/schemas/graph@1.json',
};

/** The documents as they are committed, by file name. */
export async function publishedDocuments(): Promise<Record<string, string>> {
  const app = await buildApp(loadConfig({ LOG_LEVEL: 'silent' }));
  const files: Record<string, string> = {};
  for (const [file, url] of Object.entries(DOCUMENTS)) {
    const { statusCode, body } = await app.inject(url);
    if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}: ${body}`);
    files[file] = file.endsWith('.json') ? `${JSON.stringify(JSON.parse(body), null, 2)}\n` : body;
  }
  await app.close();
  return files;
}

if (import.meta.main) {
  const folder = new URL('../../../openapi/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(await publishedDocuments())) writeFileSync(new URL(file, folder), text);
}
