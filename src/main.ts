/** Reads the configuration, listens, and drains when it is told to go. */
import { flushLater, keepCompiledCode } from './compile-cache.ts';
import { setV8Flags } from './v8-flags.ts';
import { findVerdict, rememberedVerdict, vectorsForbidden } from './vector-verdict.ts';

async function main(): Promise<void> {
  // Before anything else is imported: what is imported statically was compiled by now.
  const verdict = vectorsForbidden() ? false : rememberedVerdict();
  setV8Flags(verdict !== false);
  keepCompiledCode();
  const { ConfigError, loadConfig } = await import('./config.ts');
  const { buildApp } = await import('./http/app.ts');
  const { leave, onSignal, watchThreads } = await import('./exit.ts');
  const { decideVectors } = await import('./kernels/wasm/vector-width.ts');
  watchThreads();

  const refuse = (message: string): never => {
    console.error(message);
    process.exit(1);
  };
  const config = (() => {
    try {
      return loadConfig();
    } catch (error) {
      if (error instanceof ConfigError) return refuse(error.message);
      throw error;
    }
  })();
  decideVectors(verdict === true);
  const app = await buildApp(config);

  onSignal(async (signal) => {
    app.log.info({ signal }, 'draining');
    const cut = await app.drain({ delayMs: config.shutdownDelayMs, timeoutMs: config.shutdownTimeoutMs });
    if (cut > 0) app.log.error({ requests: cut }, 'requests were still running at the end of SHUTDOWN_TIMEOUT_MS');
    await leave(cut > 0 ? 1 : 0, app.close());
  });

  const { host, port } = config;
  try {
    await app.listen({ host, port });
  } catch (error) {
    refuse(`Cannot listen on ${host}, port ${port}: ${(error as Error).message}`);
  }
  flushLater();
  if (verdict !== undefined) return;
  // Another machine than the last one: until it is known, kernels do without, and give the same.
  findVerdict().then(decideVectors, (error: unknown) => app.log.warn({ err: error }, 'wide vectors were not tried'));
}

if (import.meta.main) await main();
