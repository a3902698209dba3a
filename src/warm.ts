/**
 * `node src/warm.ts`: compiles all that the service runs, and leaves it where the service looks for it.
 * `npm ci` and the making of the image run it, so that the first start is as quick as any other.
 */
import { keepCompiledCode } from './compile-cache.ts';
import { setV8Flags } from './v8-flags.ts';
import { findVerdict, vectorsForbidden } from './vector-verdict.ts';

// What is compiled is kept for these flags: those that the service will have.
setV8Flags(!vectorsForbidden() && (await findVerdict().catch(() => true)));
keepCompiledCode();
const { loadConfig } = await import('./config.ts');
const { buildApp } = await import('./http/app.ts');

const app = await buildApp(loadConfig({ LOG_LEVEL: 'warn', WORKERS: '1' }));
// The threads that run code, and the documentation, are loaded by the first request for them.
const code = await app.inject({ method: 'POST', url: '/v1/evaluate', payload: { code: 'y = torch.ones(2).sum()' } });
const document = await app.inject('/openapi.json');
for (const { statusCode, body } of [code, document]) if (statusCode !== 200) throw new Error(body);
await app.close();
// What the service starts with: kept where NODE_COMPILE_CACHE is set, since it is then read before it runs.
await import('./main.ts');
await import('./exit.ts');
