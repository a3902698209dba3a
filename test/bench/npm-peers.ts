/**
 * jax-js and TensorFlow.js with its WebAssembly backend: peers that npm brings. They are installed into
 * a folder that Git ignores, so that they are no dependencies of ours.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from './measure.ts';
import { ROOT } from './processes/process.ts';

const FOLDER = join(ROOT, '.cache/bench');
const JAX = '@jax-js/jax';
const TFJS = '@tensorflow/tfjs';
const TFJS_WASM = '@tensorflow/tfjs-backend-wasm';
const VERSIONS: Readonly<Record<string, string>> = { [JAX]: '0.1.25', [TFJS]: '4.22.0', [TFJS_WASM]: '4.22.0' };
const INSTALL_PATIENCE_MS = 180_000;

/** The modules to import, as URLs. */
export interface NpmPeers {
  readonly jax: string;
  readonly tfjs: string;
  readonly tfjsWasm: string;
}

function installedVersion(name: string): string | undefined {
  const file = join(FOLDER, 'node_modules', name, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined;
}

function install(): void {
  const wanted = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
  console.error(`installing ${wanted.join(' ')} into ${FOLDER} …`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify({ private: true }));
  const options = [
    '--prefix',
    FOLDER,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-save',
    '--fetch-retries=1',
    '--loglevel=error',
  ];
  const { status, error, stderr } = spawnSync('npm', ['install', ...options, ...wanted], {
    cwd: FOLDER,
    encoding: 'utf8',
    timeout: INSTALL_PATIENCE_MS,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (status !== 0) throw new Error(`npm install failed: ${error?.message ?? stderr.trim().split('\n')[0]}`);
}

/** Installs what is missing; a reason, in words, where that cannot be. */
export function npmPeers(): NpmPeers | string {
  try {
    if (Object.entries(VERSIONS).some(([name, version]) => installedVersion(name) !== version)) install();
    const { resolve } = createRequire(join(FOLDER, 'package.json'));
    const url = (path: string): string => pathToFileURL(path).href;
    return {
      // It has no entry for require that would be ours to import.
      jax: url(join(FOLDER, 'node_modules', JAX, 'dist/index.js')),
      tfjs: url(resolve(TFJS)),
      tfjsWasm: url(resolve(TFJS_WASM)),
    };
  } catch (error) {
    return messageOf(error);
  }
}

/** For the head of the results. */
export const npmPeerFacts = (): [name: string, value: string][] =>
  Object.keys(VERSIONS).map((name) => [name, installedVersion(name) ?? 'absent']);
