/**
 * Whether kernels do better with wide vectors on this machine: tried once, in a process of its own, and
 * remembered as long as V8 and the processor are the same.
 */
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside the compiled code: who cannot write there cannot put code there. */
const FILE = fileURLToPath(new URL('../node_modules/.cache/gradwire-vectors.json', import.meta.url));
const TRIAL = fileURLToPath(new URL('./kernels/wasm/vector-trial.ts', import.meta.url));
const PATIENCE_MS = 60_000;

/** The first processor's name and what it can do. All of the list would be long where there are many. */
function processor(): string {
  if (process.platform !== 'linux') return cpus()[0]?.model ?? '';
  const start = Buffer.alloc(4096);
  const file = openSync('/proc/cpuinfo', 'r');
  try {
    const text = start.toString('latin1', 0, readSync(file, start));
    return (text.match(/^(model name|flags)\b.*$/gm) ?? []).slice(0, 2).join('; ');
  } finally {
    closeSync(file);
  }
}

/** Whether they are forbidden. What V8 is told comes before the settings are read. */
export const vectorsForbidden = (): boolean => process.env.WASM_REVECTORIZE?.trim() === 'off';

const keyOf = (): string => `${process.versions.v8} ${process.arch} ${processor()}`;

/** What is remembered; undefined where that is nothing, or of another machine. Less than a ms. */
export function rememberedVerdict(file = FILE): boolean | undefined {
  try {
    const { key, wide } = JSON.parse(readFileSync(file, 'utf8'));
    return key === keyOf() && typeof wide === 'boolean' ? wide : undefined;
  } catch {
    return undefined;
  }
}

/** Tries it out, which takes some tenths of a second of another process, and remembers it where that can be. */
export async function findVerdict(file = FILE): Promise<boolean> {
  // Loading it takes a start some ms, and most starts remember.
  const { execFile } = await import('node:child_process');
  const wide = await new Promise<boolean>((resolve, reject) => {
    const env = { PATH: process.env.PATH, NODE_DISABLE_COMPILE_CACHE: '1' };
    const child = execFile(process.execPath, [TRIAL], { env, timeout: PATIENCE_MS }, (error, output) => {
      if (error === null) resolve(JSON.parse(output).wide === true);
      else reject(error);
    });
    // Not to be waited for by a process that has nothing else to do.
    child.unref();
    for (const stream of [child.stdout, child.stderr]) (stream as unknown as { unref(): void } | null)?.unref();
  });
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ key: keyOf(), wide }));
  } catch {
    // Tried anew at the next start.
  }
  return wide;
}
