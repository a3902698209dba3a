/** Reads the configuration, listens, and drains when it is told to go. */
import { setFlagsFromString } from 'node:v8';
import { ConfigError, loadConfig } from './config.ts';
import { buildApp } from './http/app.ts';

// What a request makes is gone with its answer. V8 takes some of it for long-lived where a collection falls
// into the middle of large requests, and makes its like among old objects from then on: dead graphs then hold
// later ones, and each collection copies all of them.
setFlagsFromString('--no-allocation-site-pretenuring');

async function main(): Promise<void> {
  const config = loadConfig();
  const app = await buildApp(config);

  const drain = async (signal: string): Promise<void> => {
    if (app.draining.value) return;
    app.draining.value = true;
    app.log.info({ signal }, 'draining');
    const patience = setTimeout(() => {
      app.log.error('requests were still running at the end of SHUTDOWN_TIMEOUT_MS');
      process.exit(1);
    }, config.shutdownTimeoutMs);
    await app.drain();
    clearTimeout(patience);
  };
  process.on('SIGTERM', drain);
  process.on('SIGINT', drain);

  await app.listen({ host: config.host, port: config.port });
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
