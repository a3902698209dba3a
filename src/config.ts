/** Every setting of the service: its name in the environment, default, range and meaning, in one table. */

import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { z } from 'zod';

interface Setting<T> {
  /** In the environment. */
  readonly name: string;
  readonly kind: 'text' | 'whole number' | 'choice' | 'list';
  readonly default: T;
  /** What a value may be, in words: it ends the sentence "expected …". */
  readonly range: string;
  readonly meaning: string;
  readonly schema: z.ZodType<T, string>;
  /** Not to be repeated in messages. */
  readonly secret?: true;
}

/** Delays of Node's timers end here. */
const MAX_DELAY_MS = 2 ** 31 - 1;
/** The most elements one typed array can be asked for. */
const MAX_COUNT = 2 ** 32;

const digits = z.string().regex(/^\d{1,16}$/);

function wholeNumber(name: string, fallback: number, min: number, max: number, meaning: string): Setting<number> {
  const schema = digits.transform(Number).pipe(z.int().min(min).max(max));
  return {
    name,
    kind: 'whole number',
    default: fallback,
    range: `a whole number from ${min} to ${max}`,
    meaning,
    schema,
  };
}

function choice<const T extends readonly string[]>(
  name: string,
  fallback: T[number],
  options: T,
  meaning: string,
): Setting<T[number]> {
  return {
    name,
    kind: 'choice',
    default: fallback,
    range: `one of ${options.join(', ')}`,
    meaning,
    schema: z.enum(options),
  };
}

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()));

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/** An address, or a network such as 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [address, bits, ...more] = text.split('/');
  const width = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (width === 0 || more.length > 0 || address.includes('%')) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= width);
}

const SETTINGS = {
  host: {
    name: 'HOST',
    kind: 'text',
    default: '127.0.0.1',
    range: 'a host name or an IP address',
    meaning: 'Where to listen; 0.0.0.0 is every IPv4 interface, :: every interface',
    schema: z.union([z.ipv4(), z.ipv6(), z.hostname()]),
  } satisfies Setting<string>,
  port: wholeNumber('PORT', 3000, 0, 65_535, 'The port to listen on; 0 takes any free one'),
  logLevel: choice(
    'LOG_LEVEL',
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'The least grave log lines to write',
  ),
  bodyLimit: wholeNumber('BODY_LIMIT', 64 * 2 ** 20, 1, 2 ** 31 - 1, 'The largest request body, in bytes; over it 413'),
  rateLimit: wholeNumber(
    'RATE_LIMIT',
    0,
    0,
    1e9,
    'Requests a minute that one client may send, be they answered or refused: one API key, or else one address; over it 429; 0 is no limit',
  ),
  timeLimitMs: wholeNumber(
    'TIME_LIMIT_MS',
    10_000,
    1,
    MAX_DELAY_MS,
    "A request's own time, in milliseconds; over it 504",
  ),
  maxElements: wholeNumber(
    'MAX_ELEMENTS',
    2 ** 28,
    1,
    MAX_COUNT,
    'Elements that are alive at one time in a request or a workspace; over it 422, in a cell MemoryError',
  ),
  maxNodes: wholeNumber(
    'MAX_NODES',
    200_000,
    1,
    MAX_COUNT,
    "Nodes of one request's graph; over it 422. Of code, the calls that its graph remembers",
  ),
  maxExplained: wholeNumber(
    'MAX_EXPLAINED',
    2000,
    2,
    1_000_000,
    'Steps of a derivation that are told; of a longer one the first and the last',
  ),
  workers: wholeNumber(
    'WORKERS',
    availableParallelism(),
    1,
    256,
    'Threads for large requests and for code, and as many for the cells of workspaces; started when they are first needed',
  ),
  memoryLimit: wholeNumber(
    'MEMORY_LIMIT',
    0,
    0,
    Number.MAX_SAFE_INTEGER - 1,
    "Bytes that the process may take; near it large requests get 503 and cells that add much a MemoryError; 0 is the container's limit, or else the machine's memory",
  ),
  sessionTtlS: wholeNumber(
    'SESSION_TTL_S',
    3600,
    1,
    Math.floor(MAX_DELAY_MS / 1000),
    'How long a workspace that is not used is kept, in seconds',
  ),
  maxSessions: wholeNumber(
    'MAX_SESSIONS',
    1000,
    1,
    1_000_000,
    'Workspaces at a time; past it the longest-idle one of the client that has most goes',
  ),
  maxModels: wholeNumber('MAX_MODELS', 100, 1, 1_000_000, 'Models at a time; no model goes by itself: past it 422'),
  modelVersions: wholeNumber('MODEL_VERSIONS', 2, 1, 1000, 'Versions of each model that are kept'),
  modelLimit: wholeNumber(
    'MODEL_LIMIT',
    256 * 2 ** 20,
    1,
    2 ** 31 - 1,
    'The largest file of a model, in bytes, whatever BODY_LIMIT is; over it 413',
  ),
  modelDir: {
    name: 'MODEL_DIR',
    kind: 'text',
    default: undefined,
    range: 'a path',
    meaning: 'The directory in which models are kept, a folder each; unset, they are in memory and go with the process',
    schema: z.string().min(1),
  } satisfies Setting<string | undefined>,
  wasmRevectorize: choice(
    'WASM_REVECTORIZE',
    'on',
    ['on', 'off'],
    "Whether kernels may use registers of 256 bits, an experiment of V8's that is tried out at first use",
  ),
  trustProxy: {
    name: 'TRUST_PROXY',
    kind: 'list',
    default: undefined,
    range: 'addresses, or networks such as 10.0.0.0/8, separated by commas',
    meaning: 'Proxies whose X-Forwarded-For says which client they speak for; unset, nobody is believed',
    schema: list.pipe(z.array(z.string().refine(isNetwork))),
  } satisfies Setting<readonly string[] | undefined>,
  shutdownDelayMs: wholeNumber(
    'SHUTDOWN_DELAY_MS',
    0,
    0,
    MAX_DELAY_MS,
    'How long, after SIGTERM or SIGINT, connections are still taken while /readyz says 503, in milliseconds',
  ),
  shutdownTimeoutMs: wholeNumber(
    'SHUTDOWN_TIMEOUT_MS',
    30_000,
    1,
    MAX_DELAY_MS,
    'When, after SIGTERM or SIGINT, whatever is left is closed, in milliseconds',
  ),
  corsOrigin: {
    name: 'CORS_ORIGIN',
    kind: 'list',
    default: undefined,
    range: '* or origins separated by commas, such as https://example.com',
    meaning: 'Web pages of which origins may call; unset, none but its own',
    schema: z.union([z.literal('*'), list.pipe(z.array(z.string().refine(isOrigin)))]),
  } satisfies Setting<'*' | readonly string[] | undefined>,
  apiKeys: {
    name: 'API_KEYS',
    kind: 'list',
    default: [],
    range: 'keys separated by commas, none of them empty',
    meaning: 'Keys of which each request must show one; unset, the service is open to who reaches it',
    schema: list.pipe(z.array(z.string().min(1))),
    secret: true,
  } satisfies Setting<readonly string[]>,
};

type Settings = typeof SETTINGS;

export type Config = { readonly [K in keyof Settings]: Settings[K] extends Setting<infer T> ? T : never };

/** All that is wrong with the settings, a line each. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`These settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * The configuration that an environment gives. A variable that is absent or empty has its default;
 * one {@link ConfigError} names every variable that is wrong.
 *
 * @example
 * loadConfig({ PORT: '8080' }).port; // 8080
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const config: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [field, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const text = env[setting.name]?.trim() ?? '';
    config[field] = setting.default;
    if (text === '') continue;
    const parsed = setting.schema.safeParse(text);
    if (parsed.success) config[field] = parsed.data;
    else {
      const got = setting.secret ? 'something else' : JSON.stringify(text);
      problems.push(`${setting.name}: expected ${setting.range}, but got ${got}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config as Config;
}

/** The settings in words, for the README and for who asks. */
export const settingsTable: readonly {
  readonly name: string;
  readonly kind: string;
  readonly default: string;
  readonly range: string;
  readonly meaning: string;
}[] = Object.values(SETTINGS).map(({ name, kind, default: value, range, meaning }) => ({
  name,
  kind,
  default: value === undefined || (Array.isArray(value) && value.length === 0) ? 'unset' : String(value),
  range,
  meaning,
}));
