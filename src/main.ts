/** Reads the configuration, listens, and drains when it is told to go. */
import { flushLater, keepCompiledCode } from './compile-cache.ts';
import type { Config } from './config.ts';
import { setV8Flags } from './v8-flags.ts';

async function main(): Promise<void> {
  // Before anything else is imported: what is imported statically was compiled by now.
  setV8Flags();
  keepCompiledCode();
  const { ConfigError, loadConfig } = await import('./config.ts');
  const { buildApp } = await import('./http/app.ts');
  let config: Config;
  try {
    config = loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  const { allowWideVectors } = await import('./kernels/wasm/vector-width.ts');
  allowWideVectors(config.wasmRevectorize === 'on');
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
  flushLater();
}

if (import.meta.main) await main();
