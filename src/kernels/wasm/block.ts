/**
 * How a kernel is handed its arguments: in a block of memory, a slot each, so that every kernel is called
 * with two integers, `run(n, block)`. A slot holds an address or a double, and how far it moves on: at
 * its end a kernel leaves the block as the next tile needs it.
 */
import { theMemory } from '../../tensor/memory.ts';
import type { WasmFunction } from './emitter.ts';

/** Of a value, and of its stride. */
const SLOT_BYTES = 16;

export type ArgumentKind = 'address' | 'number';

/** Emits the loading of a block's arguments; gives their locals. The block is parameter 1. */
export function enterBlock(f: WasmFunction, kinds: readonly ArgumentKind[]): number[] {
  return kinds.map((kind, i) => {
    const local = f.local(kind === 'address' ? 'i32' : 'f64');
    f.hoist(() =>
      f
        .get(1)
        .memory(kind === 'address' ? 'i32.load' : 'f64.load', i * SLOT_BYTES)
        .set(local),
    );
    return local;
  });
}

/** Emits the moving on of a block's arguments. */
export function leaveBlock(f: WasmFunction, kinds: readonly ArgumentKind[]): void {
  kinds.forEach((kind, i) => {
    const [load, add, store] =
      kind === 'address' ? ['i32.load', 'i32.add', 'i32.store'] : ['f64.load', 'f64.add', 'f64.store'];
    const at = i * SLOT_BYTES;
    f.get(1)
      .get(1)
      .memory(load, at)
      .get(1)
      .memory(load, at + 8)
      .op(add)
      .memory(store, at);
  });
}

export interface Argument {
  readonly kind: ArgumentKind;
  readonly at: number;
  readonly stride: number;
}

export const blockBytes = (count: number): number => count * SLOT_BYTES;

/** Writes a block. */
export function writeBlock(block: number, args: readonly Argument[]): void {
  const view = new DataView(theMemory().buffer, block, blockBytes(args.length));
  args.forEach(({ kind, at, stride }, i) => {
    if (kind === 'address') {
      view.setUint32(i * SLOT_BYTES, at, true);
      view.setUint32(i * SLOT_BYTES + 8, stride, true);
    } else {
      view.setFloat64(i * SLOT_BYTES, at, true);
      view.setFloat64(i * SLOT_BYTES + 8, stride, true);
    }
  });
}
