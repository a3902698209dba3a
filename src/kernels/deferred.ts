/**
 * Pointwise ops on many elements, put off until somebody reads a result. Then the whole chain of ops that
 * leads to it runs over tiles that stay in the processor's first cache, and of the steps on the way only
 * those results are written to memory that will be read again. A result that was not kept is computed
 * anew in case it is read after all.
 */
import { onCollection } from '../tensor/arena.ts';
import { type DType, type TypedArray, bytesOf as widthOf } from '../tensor/dtype.ts';
import { mark, memoryBytes, reserve, rewind } from '../tensor/memory.ts';
import { contiguousStrides, numelOf, type Shape, sameShape } from '../tensor/shape.ts';
import { allocateDeferred, DeferredStorage, ownElements, type Source, type Storage } from '../tensor/storage.ts';
import { Tensor } from '../tensor/tensor.ts';
import { pulse } from './pulse.ts';
import { isDense } from './strided.ts';
import { type Argument, blockBytes, writeBlock } from './wasm/block.ts';
import type { Kernel } from './wasm/link.ts';

/** Fewer elements are computed at once, in a plain loop. */
const DEFER_FROM = 1024;
let least = DEFER_FROM;

/** From how many elements on kernels compute, when results are read. */
export const deferFrom = (): number => least;

/** Runs `body` with kernels from `n` elements on. For tests, which show them few elements. */
export function withKernelsFrom<T>(n: number, body: () => T): T {
  const before = least;
  least = n;
  try {
    return body();
  } finally {
    least = before;
  }
}

/** Elements of a tile: a few tiles of float64 fit the first cache. */
const TILE = 4096;
const TILE_BYTES = TILE * 8;
/** Steps that may wait for their reader. Beyond it ops are carried out as they come. */
const MAX_OPEN = 2048;
/** Steps of one chain: longer ones would need too many tiles at once. */
const MAX_CHAIN = 128;

/** Elements that lie in order, from `offset` of a storage on. */
export interface Run {
  readonly storage: Storage;
  readonly offset: number;
}

/** Stands for the number of a tile's first element, handed over as a double. */
export const INDEX = Symbol('index');

/** What a step reads: elements, a number, or where it is. */
export type Operand = Run | number | typeof INDEX;

const isRun = (x: Operand): x is Run => typeof x === 'object';

let sequence = 0;
let epoch = 0;

/** What steps have ever read that has no address in the memory of kernels: most small tensors are written over unread. */
const readOnHeap = new WeakSet<ArrayBufferLike>();

class Step implements Source {
  readonly seq = ++sequence;
  readonly kernel: () => Kernel;
  readonly operands: readonly Operand[];
  readonly out: DeferredStorage;
  /** How often it ran without its result being kept. */
  runs = 0;
  mark = 0;
  /** How many steps, at the least, lead here that have no result yet. */
  readonly depth: number;

  constructor(kernel: () => Kernel, operands: readonly Operand[], out: DeferredStorage) {
    this.kernel = kernel;
    this.operands = operands;
    this.out = out;
    let depth = 0;
    for (const operand of operands) {
      if (isRun(operand)) {
        if (operand.storage instanceof DeferredStorage) operand.storage.readers++;
        else if (operand.storage.ptr < 0) readOnHeap.add(operand.storage.data.buffer);
      }
      const before = isRun(operand) ? stepOf(operand.storage) : null;
      if (before !== null && before.depth > depth) depth = before.depth;
    }
    this.depth = depth + 1;
  }

  settle(): void {
    run(this, undefined);
  }

  reads(visit: (storage: Storage) => void): void {
    for (const operand of this.operands) if (isRun(operand)) visit(operand.storage);
  }
}

/** The step that a storage waits for. */
function stepOf(storage: Storage): Step | null {
  return storage instanceof DeferredStorage && storage.source instanceof Step ? storage.source : null;
}

/** So many are refused before those that wait are looked through once more. */
const LOOK_AGAIN = 256;

/**
 * The steps that wait for a reader. A workspace has one that lives on from cell to cell: what a cell has put
 * off and nobody read may be read, or what it is computed from be written over, in a later one.
 */
export class Deferral {
  steps: Step[] = [];
  /** How often another one was refused since they were looked through. */
  private refused = 0;

  /** Forgets the steps whose result nobody can read, and those that have been carried out. */
  keep(isAlive: (result: Storage) => boolean): void {
    this.steps = this.steps.filter(({ out }) => isAlive(out) && !out.isFinal());
  }

  /** Whether another step may wait. Those that have been carried out need not be remembered. */
  hasRoom(): boolean {
    if (this.steps.length < MAX_OPEN) return true;
    // Where most of them wait for nobody, which only a collection shows, they need not be looked through each time.
    if (this.refused++ % LOOK_AGAIN !== 0) return false;
    this.steps = this.steps.filter(({ out }) => !out.isFinal());
    return this.steps.length < MAX_OPEN / 2;
  }
}

/** That of the evaluation under way; null outside of any, where nothing is put off. */
let open: Deferral | null = null;
/** Those that live on from evaluation to evaluation. */
const lasting = new Set<Deferral>();

/** A deferral for several evaluations, until it is ended. */
export function lastingDeferral(): { readonly deferral: Deferral; readonly end: () => void } {
  const deferral = new Deferral();
  lasting.add(deferral);
  return { deferral, end: () => void lasting.delete(deferral) };
}

/** A step that waits is not needed for that: nobody can read it once its result is out of reach. */
onCollection(() => {
  const weak = [...lasting, ...(open === null || lasting.has(open) ? [] : [open])].map((deferral) => {
    const steps = deferral.steps.map((step) => new WeakRef(step));
    deferral.steps = [];
    return { deferral, steps };
  });
  return () => {
    for (const { deferral, steps } of weak) {
      deferral.steps = steps.map((ref) => ref.deref()).filter((step) => step !== undefined);
    }
  };
});

/**
 * Runs `body` with pointwise ops being put off. What it leaves unread is not computed, unless `deferral`
 * lives on: whoever reads results has to do so inside.
 */
export function deferring<T>(body: () => T, deferral = new Deferral()): T {
  const before = open;
  open = deferral;
  try {
    return body();
  } finally {
    open = before;
  }
}

/**
 * Before elements are written over: carries out what waits to read them as they are, and what may have to
 * be computed from them again. `but` does so when it writes over them itself.
 */
export function settleReaders(storage: Storage, but: Step | null = null): void {
  ownElements(storage);
  if (open === null || open.steps.length === 0 || storage.meta) return;
  const { data } = storage;
  if (storage.ptr < 0 && !(storage instanceof DeferredStorage) && !readOnHeap.has(data.buffer)) return;
  const waiting = open.steps;
  const others: Step[] = [];
  let next = 0;
  try {
    for (; next < waiting.length; next++) {
      const step = waiting[next];
      if (step === but || step.out.isFinal()) continue;
      const reads = step.operands.some((x) => isRun(x) && stepOf(x.storage) === null && meet(x.storage.data, data));
      if (reads) step.out.settleForGood();
      else others.push(step);
    }
  } finally {
    // Where a time limit ends it, nothing is written over, and the rest waits on.
    open.steps = next < waiting.length ? others.concat(waiting.slice(next)) : others;
  }
}

/** Results are written in rounds of so many bytes. */
const ROUND = 64;

/** Whether all that a chain reads of these elements it reads at the place that it writes to. */
function readsInPlace(steps: readonly Step[], { storage, offset }: Tensor): boolean {
  const { data } = storage;
  return steps.every(({ operands }) =>
    operands.every((x) => {
      if (!isRun(x) || stepOf(x.storage) !== null) return true;
      const other = x.storage.data;
      return other === data ? x.offset === offset : !meet(other, data);
    }),
  );
}

/** Whether two arrays have a byte in common: the same elements may be seen as of two dtypes. */
function meet(a: TypedArray, b: TypedArray): boolean {
  if (a === b) return true;
  if (a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}

/**
 * Writes what was put off over `target` right away, where a kernel can: elements that fill a stretch of memory in
 * the result's order, and that nothing of the chain reads at another place. Answers whether it did. `result` has no elements of its own then.
 */
export function settleInto(result: Tensor, target: Tensor): boolean {
  const step = stepOf(result.storage);
  if (step === null || step.out.readers > 0 || target.storage.meta) return false;
  const sameOrder = result.isContiguous ? target.isContiguous : sameShape(result.strides, target.strides);
  if (!sameOrder || !isDense(target)) return false;
  const { numel: n, dtype } = step.out;
  if (result.offset !== 0 || n !== result.numel || n !== target.numel || dtype !== target.dtype) return false;
  ownElements(target.storage);
  const { data, ptr } = target.storage;
  const width = widthOf(dtype);
  const end = target.offset + n;
  if (ptr >= 0 && end !== target.storage.numel && (n * width) % ROUND !== 0) return false;
  if (!readsInPlace(chainTo(step), target)) return false;
  settleReaders(target.storage, step);
  const part = data.subarray(target.offset, end) as TypedArray;
  step.out.settleAt({ data: part, ptr: ptr < 0 ? -1 : ptr + target.offset * width });
  return true;
}

/** One who would read the elements again does not any more. The last one's leaving gives their room back. */
export function letGo(storage: Storage): void {
  storage.keepers--;
  if (open !== null && storage.keepers === 0 && storage instanceof DeferredStorage) storage.leave();
}

/**
 * Elements that a kernel makes of its operands: now, or when they are read. Undefined where only shapes
 * are wanted.
 *
 * @param kernel called with a number of elements and a block (wasm/block.ts): where they go, and the
 *   operands, runs as addresses, all else as doubles. Results may be written in rounds of 64 bytes
 */
export function deferred(
  kernel: () => Kernel,
  operands: readonly Operand[],
  dtype: DType,
  shape: Shape,
): Tensor | undefined {
  const storage = allocateDeferred(dtype, numelOf(shape));
  if (storage === undefined) return undefined;
  const step = new Step(kernel, operands, storage);
  storage.source = step;
  if (open === null || step.depth >= MAX_CHAIN || !open.hasRoom()) storage.settleForGood();
  else open.steps.push(step);
  return new Tensor(storage, shape, contiguousStrides(shape), 0);
}

/** Whether an operand has all that a step needs of it: a chain goes through whole storages only. */
export function asRun(t: Tensor, numel: number): Run {
  const step = stepOf(t.storage);
  if (step !== null && (t.offset !== 0 || step.out.numel !== numel)) step.settle();
  return { storage: t.storage, offset: t.offset };
}

/** A tile on the JavaScript heap: copied in, or out, of a place of its own. */
interface Transfer {
  readonly storage: Storage;
  readonly offset: number;
  readonly width: number;
  readonly at: number;
}

/** The steps that lead to `target`, in order. */
function chainTo(target: Step): Step[] {
  const now = ++epoch;
  const found = [target];
  target.mark = now;
  for (let i = 0; i < found.length; i++) {
    for (const operand of found[i].operands) {
      const step = isRun(operand) ? stepOf(operand.storage) : null;
      if (step === null || step.mark === now) continue;
      step.mark = now;
      found.push(step);
    }
  }
  return found.sort((a, b) => a.seq - b.seq);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

const address = (at: number, stride: number): Argument => ({ kind: 'address', at, stride });

/** Hands out tiles, and takes them back for the next step that needs one. */
class Tiles {
  private readonly free: number[] = [];
  take(): number {
    return this.free.pop() ?? reserve(TILE_BYTES);
  }
  give(at: number): void {
    this.free.push(at);
  }
}

/** Called for each tile of the target, when it is there: its address, and how many elements it has. */
type Visit = (at: number, n: number) => void;

/** Where the result of each step goes, and what is copied in and out on the way. */
function layOut(
  steps: readonly Step[],
  kept: ReadonlySet<Step>,
): { calls: Argument[][]; reads: Transfer[]; writes: Transfer[] } {
  const tiles = new Tiles();
  const places = new Map<Storage, Argument>();
  /** Tiles that are free again once their result was read for the last time. */
  const loose = new Set<Argument>();
  const reads: Transfer[] = [];
  const writes: Transfer[] = [];
  const lastUse = new Map<Storage, number>();
  steps.forEach((step, i) => {
    for (const x of step.operands) if (isRun(x)) lastUse.set(x.storage, i);
  });
  // All that stays is placed first, so that tiles lie above it and can be taken back.
  for (const step of kept) step.out.place();
  const inputOf = ({ storage, offset }: Run): Argument => {
    const width = widthOf(storage.dtype);
    const { ptr } = storage;
    if (ptr >= 0) return address(ptr + offset * width, TILE * width);
    const index = reads.findIndex((r) => r.storage === storage && r.offset === offset);
    if (index >= 0) return address(reads[index].at, 0);
    // A tile of its own: it is filled before the first step, whose results must not lie there.
    const at = reserve(TILE_BYTES);
    reads.push({ storage, offset, width, at });
    return address(at, 0);
  };
  const calls = steps.map((step, i) => {
    const args = step.operands.map((x) => {
      if (isRun(x)) return places.get(x.storage) ?? inputOf(x);
      // A number moves on by −0: the sum of −0 and 0 would be 0.
      return { kind: 'number', at: typeof x === 'number' ? x : 0, stride: typeof x === 'number' ? -0 : TILE } as const;
    });
    const { out } = step;
    const width = widthOf(out.dtype);
    // Operands that nobody reads after. Their tile may take the result, if that is no wider: kernels load first.
    const done: [Storage, Argument][] = [];
    for (const x of step.operands) {
      if (!isRun(x) || lastUse.get(x.storage) !== i) continue;
      const place = places.get(x.storage);
      if (place !== undefined && loose.has(place)) done.push([x.storage, place]);
      lastUse.delete(x.storage);
    }
    for (const [storage, place] of done) if (widthOf(storage.dtype) >= width) tiles.give(place.at);
    const room = kept.has(step) ? out.place() : undefined;
    let place: Argument;
    if (room !== undefined && room.ptr >= 0) place = address(room.ptr, TILE * width);
    else {
      place = address(tiles.take(), 0);
      if (room === undefined) loose.add(place);
      else writes.push({ storage: out, offset: 0, width, at: place.at });
    }
    for (const [storage, place] of done) if (widthOf(storage.dtype) < width) tiles.give(place.at);
    places.set(out, place);
    return [place, ...args];
  });
  return { calls, reads, writes };
}

/** Carries out the steps that lead to `target`, keeping its result unless only `visit` wants it. */
function run(target: Step, visit: Visit | undefined): void {
  const steps = chainTo(target);
  const kept = new Set<Step>();
  for (const step of steps) {
    if ((step === target && visit === undefined) || step.out.keepers > 0 || step.runs > 0) kept.add(step);
  }
  const n = target.out.numel;
  for (const step of kept) step.out.place();
  const before = mark();
  try {
    const { calls, reads, writes } = layOut(steps, kept);
    const kernels = steps.map((step) => step.kernel());
    const blocks = calls.map((args) => {
      const block = reserve(blockBytes(args.length));
      writeBlock(block, args);
      return block;
    });
    const { at, stride } = calls[calls.length - 1][0];
    const bytes = memoryBytes();
    const sources = reads.map((t) => bytesOf(t.storage.data));
    const targets = writes.map((t) => bytesOf((t.storage as DeferredStorage).place().data));
    for (let from = 0; from < n; from += TILE) {
      const count = Math.min(TILE, n - from);
      for (let k = 0; k < reads.length; k++) {
        const { offset, width, at: to } = reads[k];
        const start = (offset + from) * width;
        bytes.set(sources[k].subarray(start, start + count * width), to);
      }
      for (let k = 0; k < kernels.length; k++) kernels[k](count, blocks[k]);
      visit?.(at + (from / TILE) * stride, count);
      for (let k = 0; k < writes.length; k++) {
        const { width, at: of } = writes[k];
        targets[k].set(bytes.subarray(of, of + count * width), from * width);
      }
      pulse(count * kernels.length);
    }
  } finally {
    rewind(before);
  }
  for (const step of steps) {
    if (kept.has(step)) step.out.fill();
    if (step.runs++ > 0) continue;
    for (const x of step.operands) if (isRun(x) && x.storage instanceof DeferredStorage) x.storage.wasRead();
  }
}

/**
 * Shows the elements of `t`, which lie in order, tile by tile at an address; they need not be kept for it.
 */
export function forEachTile(t: Tensor, visit: Visit): void {
  const n = t.numel;
  const step = stepOf(t.storage);
  if (step !== null && t.offset === 0 && step.out.numel === n && step.out.keepers === 0 && step.runs === 0) {
    run(step, visit);
    return;
  }
  const { storage, offset } = t;
  const width = storage.data.BYTES_PER_ELEMENT;
  const { ptr } = storage;
  const before = mark();
  const at = ptr >= 0 ? -1 : reserve(TILE_BYTES);
  const source = ptr >= 0 ? undefined : bytesOf(storage.data);
  for (let from = 0; from < n; from += TILE) {
    const count = Math.min(TILE, n - from);
    if (source === undefined) visit(ptr + (offset + from) * width, count);
    else {
      const start = (offset + from) * width;
      memoryBytes().set(source.subarray(start, start + count * width), at);
      visit(at, count);
    }
    pulse(count);
  }
  rewind(before);
}
