/** Ends with 0 where the service of this container answers, with 1 where it does not. */
const { HOST = '0.0.0.0', PORT = '3000' } = process.env;
const everywhere = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };
const host = everywhere[HOST] ?? HOST;
const address = `http://${host.includes(':') ? `[${host}]` : host}:${PORT || 3000}/livez`;
try {
  const answer = await fetch(address, { signal: AbortSignal.timeout(2500) });
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(`${address}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
