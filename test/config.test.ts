import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, settingsTable } from '../src/config.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('loadConfig', () => {
  it('has a default for every setting', () => {
    expect(loadConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      logLevel: 'info',
      bodyLimit: 67_108_864,
      rateLimit: 0,
      timeLimitMs: 10_000,
      maxElements: 268_435_456,
      maxNodes: 200_000,
      maxExplained: 2000,
      workers: availableParallelism(),
      memoryLimit: 0,
      sessionTtlS: 3600,
      maxSessions: 1000,
      maxModels: 100,
      modelVersions: 2,
      modelLimit: 256 * 2 ** 20,
      modelDir: undefined,
      wasmRevectorize: 'on',
      trustProxy: undefined,
      shutdownDelayMs: 0,
      shutdownTimeoutMs: 30_000,
      corsOrigin: undefined,
      apiKeys: [],
    });
  });

  it('reads every setting', () => {
    expect(
      loadConfig({
        HOST: '0.0.0.0',
        PORT: '8080',
        LOG_LEVEL: 'silent',
        BODY_LIMIT: '1024',
        RATE_LIMIT: '600',
        TIME_LIMIT_MS: '500',
        MAX_ELEMENTS: '1000000',
        MAX_NODES: '10',
        MAX_EXPLAINED: '100',
        WORKERS: '3',
        MEMORY_LIMIT: '1000000000',
        SESSION_TTL_S: '60',
        MAX_SESSIONS: '5',
        MAX_MODELS: '7',
        MODEL_VERSIONS: '3',
        MODEL_LIMIT: '2048',
        MODEL_DIR: '/var/lib/models',
        WASM_REVECTORIZE: 'off',
        TRUST_PROXY: '127.0.0.1, 10.0.0.0/8,fd00::/8',
        SHUTDOWN_DELAY_MS: '5000',
        SHUTDOWN_TIMEOUT_MS: '1',
        CORS_ORIGIN: 'https://a.example, http://localhost:5173',
        API_KEYS: 'one,two',
      }),
    ).toEqual({
      host: '0.0.0.0',
      port: 8080,
      logLevel: 'silent',
      bodyLimit: 1024,
      rateLimit: 600,
      timeLimitMs: 500,
      maxElements: 1_000_000,
      maxNodes: 10,
      maxExplained: 100,
      workers: 3,
      memoryLimit: 1_000_000_000,
      sessionTtlS: 60,
      maxSessions: 5,
      maxModels: 7,
      modelVersions: 3,
      modelLimit: 2048,
      modelDir: '/var/lib/models',
      wasmRevectorize: 'off',
      trustProxy: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
      shutdownDelayMs: 5000,
      shutdownTimeoutMs: 1,
      corsOrigin: ['https://a.example', 'http://localhost:5173'],
      apiKeys: ['one', 'two'],
    });
  });

  it('takes an empty variable for an absent one', () => {
    const empty = Object.fromEntries(settingsTable.map(({ name }) => [name, ' ']));
    expect(loadConfig(empty)).toEqual(loadConfig({}));
  });

  it('takes * for any origin, and hosts of every kind', () => {
    expect(loadConfig({ CORS_ORIGIN: '*' }).corsOrigin).toBe('*');
    expect(loadConfig({ HOST: '::' }).host).toBe('::');
    expect(loadConfig({ HOST: 'localhost' }).host).toBe('localhost');
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '3e3'],
    ['PORT', '0x50'],
    ['PORT', '80.5'],
    ['BODY_LIMIT', '0'],
    ['BODY_LIMIT', '64MiB'],
    ['RATE_LIMIT', 'none'],
    ['TIME_LIMIT_MS', '2147483648'],
    ['MAX_ELEMENTS', '99999999999999999999'],
    ['WORKERS', '0'],
    ['SESSION_TTL_S', '0'],
    ['MAX_SESSIONS', '-1'],
    ['LOG_LEVEL', 'INFO'],
    ['HOST', 'not a host'],
    ['HOST', 'http://localhost'],
    ['CORS_ORIGIN', 'example.com'],
    ['CORS_ORIGIN', 'https://example.com/'],
    ['CORS_ORIGIN', 'https://a.example,*'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', 'loopback'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.0/0'],
    ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['TRUST_PROXY', '10.0.0.1,'],
    ['TRUST_PROXY', 'fe80::1%eth0'],
    ['SHUTDOWN_DELAY_MS', '-1'],
    ['API_KEYS', 'one,,two'],
    ['API_KEYS', ','],
  ])('refuses %s=%s', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: expected .+, but got .+`));
  });

  it('names every wrong variable at once', () => {
    expect(problemsOf({ PORT: 'x', LOG_LEVEL: 'loud', MAX_NODES: '7' })).toEqual([
      'PORT: expected a whole number from 0 to 65535, but got "x"',
      'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent, but got "loud"',
    ]);
  });

  it('does not repeat keys', () => {
    expect(problemsOf({ API_KEYS: 'hunter2,' })[0]).not.toContain('hunter2');
  });
});

describe('settingsTable', () => {
  it('has a line a setting, whose default can be read back', () => {
    expect(settingsTable.map(({ name }) => name)).toEqual([...new Set(settingsTable.map(({ name }) => name))]);
    const env = Object.fromEntries(settingsTable.filter((s) => s.default !== 'unset').map((s) => [s.name, s.default]));
    expect(loadConfig(env)).toEqual(loadConfig({}));
    for (const { meaning, range } of settingsTable) expect(`${meaning}${range}`).not.toMatch(/\.$/);
  });
});

it('is what the README says', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('## Settings'), readme.indexOf('**Open by default.**'));
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => {
    const [names, defaults] = row.split('|').slice(1, 3);
    const values = defaults.split(',').map((value) => value.replaceAll('`', '').trim());
    return [...names.matchAll(/`(\w+)`/g)].map(([, name], i) => [name, values[i] ?? values[0]] as const);
  });
  const machine = new Set(['WORKERS']);
  const known = settingsTable.map((setting) => [
    setting.name,
    machine.has(setting.name) ? 'cores' : String(setting.default),
  ]);
  expect(Object.fromEntries(named)).toEqual(Object.fromEntries(known));
});
