/** The machine that measures: its cores, what is installed on it, and what can be installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import os from 'node:os';

const PYTHON = '/usr/bin/python3';
/** Without OpenBLAS, Debian's PyTorch multiplies matrices by the reference BLAS, ten times as slow. */
const PACKAGES = ['python3-torch', 'libopenblas0', 'python3-fastapi', 'uvicorn', 'python3-ujson', 'wrk'];

const QUIET_LOAD = 0.5;

const OPENBLAS = `import torch; assert 'openblas' in open('/proc/self/maps').read()`;

const succeeds = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

export interface Machine {
  readonly python: string;
  /** Whether that interpreter has PyTorch, FastAPI and uvicorn. */
  readonly peers: boolean;
  /** Whether its matrix products are worth comparing with. */
  readonly openblas: boolean;
  readonly ujson: boolean;
  readonly wrk: boolean;
  /** Whether the server and who calls it can have a core each. */
  readonly pinned: boolean;
}

function look(): Machine {
  return {
    python: PYTHON,
    peers: succeeds(PYTHON, '-c', 'import torch, fastapi, uvicorn'),
    openblas: succeeds(PYTHON, '-c', OPENBLAS),
    ujson: succeeds(PYTHON, '-c', 'import ujson'),
    // It has no option that ends well.
    wrk: spawnSync('wrk', ['-v']).error === undefined,
    pinned: os.availableParallelism() > 1 && succeeds('taskset', '-V'),
  };
}

/** Finds the peers; on a Debian where we are root, what is missing is installed. */
export function prepare(): Machine {
  const found = look();
  if (found.peers && found.openblas && found.ujson && found.wrk) return found;
  if (process.getuid?.() !== 0 || !succeeds('apt-get', '--version')) return found;
  console.error(`installing ${PACKAGES.join(' ')} …`);
  spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'inherit'] });
  spawnSync('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...PACKAGES], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return look();
}

/** Puts this process, which plays the client, on the second core; the servers take the first. */
export function pinClient({ pinned }: Machine): void {
  if (pinned) execFileSync('taskset', ['-a', '-c', '-p', '1', String(process.pid)], { stdio: 'ignore' });
}

const VERSIONS = `
import importlib, json, platform
found = {"Python": platform.python_version()}
for name in ("torch", "fastapi", "uvicorn", "uvloop", "httptools", "ujson"):
    try:
        module = importlib.import_module(name)
        found[name] = str(getattr(module, "__version__", "present"))
    except ImportError:
        found[name] = "absent"
print(json.dumps(found))`;

/** Runnable threads, averaged over a minute: above a small part of a core, others have a say in what is measured. */
export function loadNow(): string {
  const load = os.loadavg()[0];
  return `${load.toFixed(2)}${load > QUIET_LOAD ? ', which is busy: read the numbers with care' : ''}`;
}

/** Facts for the head of the results. */
export function facts(machine: Machine): [name: string, value: string][] {
  const versions: Record<string, string> = machine.peers
    ? JSON.parse(execFileSync(machine.python, ['-c', VERSIONS], { encoding: 'utf8' }))
    : {};
  return [
    ['CPU', `${os.cpus()[0]?.model.trim() ?? 'unknown'}, ${os.availableParallelism()} cores`],
    ['Memory', `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ['System', `${os.type()} ${os.release()}`],
    ['Node', process.versions.node],
    ...Object.entries(versions),
    ['BLAS', machine.openblas ? 'OpenBLAS' : 'not OpenBLAS'],
    [
      'Cores used',
      machine.pinned ? 'two, each server or worker pinned to one unless a row says otherwise' : 'not pinned',
    ],
    ['Load before the run', loadNow()],
  ];
}
