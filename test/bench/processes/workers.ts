/** Processes that measure themselves: a line with seconds goes in, a line with a median in ms comes out. */
import { join } from 'node:path';
import type { Machine } from '../machine.ts';
import type { Side } from '../measure.ts';
import type { NpmPeers } from '../npm-peers.ts';
import type { Work } from '../work.ts';
import { type Command, PEER, talk } from './process.ts';

export interface Worker extends Side, AsyncDisposable {
  /** The gradient that its work gives, to see that all sides do the same. */
  readonly result: number;
}

async function work(machine: Machine, name: string, command: Command): Promise<Worker> {
  const talker = await talk(machine, name, command);
  return {
    name,
    result: talker.hello.result,
    round: async (seconds) => ({ value: (await talker.ask(String(seconds))).ms }),
    [Symbol.asyncDispose]: () => talker[Symbol.asyncDispose](),
  };
}

const peerFile = (name: string): string => join(PEER, name);

/** PyTorch on one thread, running the very code that `POST /v1/evaluate` gets. */
export const torchWorker = (machine: Machine, { code, at }: Work): Promise<Worker> =>
  work(machine, 'PyTorch, 1 thread', { command: machine.python, args: [peerFile('work.py'), code, String(at)] });

export const jaxWorker = (machine: Machine, peers: NpmPeers, { kind, at }: Work): Promise<Worker> =>
  work(machine, 'jax-js', { command: process.execPath, args: [peerFile('jax.ts'), peers.jax, kind, String(at)] });

export const tfjsWorker = (machine: Machine, peers: NpmPeers, { kind, at }: Work): Promise<Worker> =>
  work(machine, 'tfjs-wasm', {
    command: process.execPath,
    args: [peerFile('tfjs.ts'), peers.tfjs, peers.tfjsWasm, kind, String(at)],
  });

/** Our engine without HTTP, at the chain. */
export const engineWorker = (machine: Machine): Promise<Worker> =>
  work(machine, 'our engine, in process', { command: process.execPath, args: [peerFile('engine.ts')] });

/** PyTorch on one thread, running code over what `setup` defines. */
export const scriptWorker = (machine: Machine, setup: string, code: string): Promise<Worker> =>
  work(machine, 'PyTorch, 1 thread', { command: machine.python, args: [peerFile('script.py'), setup, code] });
