/**
 * The one WebAssembly memory of this thread: what lies in it, kernels work on without a copy. Its lower
 * part holds tables and scratch space that stay; above them lies the room of the request under way,
 * handed out upwards and taken back as a whole.
 *
 * The memory is a shared one, so that views made before it grew remain whole. It is made when it is
 * first asked for, and given up when it has grown large and nobody uses it: it cannot shrink.
 */
import { EngineError } from './errors.ts';
import { askForRoom } from './room.ts';

const PAGE = 65536;
/** Of 64 KiB. 4 GiB are reserved, in addresses only; what is used grows. */
export const MEMORY_PAGES = { initial: 16, maximum: 65536 } as const;
/** A vector of 512 bits: no kernel crosses a cache line at its first element. */
const ALIGNMENT = 64;
/** Kernels may read a little beyond the end of their operands. */
const SLACK = 128;
/** At the end of a request, a memory that has grown beyond this is given up. */
const KEPT_BYTES = 512 * 1024 * 1024;
/** Of a thread that rests. */
const IDLE_BYTES = 4 * 1024 * 1024;

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

let memory: WebAssembly.Memory | undefined;
let size = 0;
let bytesNow: Uint8Array<SharedArrayBuffer> | undefined;
/** What stays ends here, and the request's room begins. */
let floor = ALIGNMENT;
/** What is in use ends here. */
let top = ALIGNMENT;
const lost: (() => void)[] = [];

/** The memory; kernels are linked to it. */
export function theMemory(): WebAssembly.Memory {
  if (memory === undefined) {
    memory = new WebAssembly.Memory({ ...MEMORY_PAGES, shared: true });
    size = memory.buffer.byteLength;
    bytesNow = undefined;
    reach(floor + SLACK);
  }
  return memory;
}

/** All bytes of the memory. Not to be kept: a memory that grows has more of them. */
export function memoryBytes(): Uint8Array<SharedArrayBuffer> {
  bytesNow ??= new Uint8Array(theMemory().buffer);
  return bytesNow;
}

/** Told when the memory was given up: what was linked to it, or stood in it, is to be made anew. */
export function onMemoryLost(listener: () => void): void {
  lost.push(listener);
}

function reach(end: number): void {
  if (memory !== undefined && end <= size) return;
  const now = theMemory();
  if (end <= size) return;
  const wanted = Math.ceil(end / PAGE);
  askForRoom(wanted * PAGE - size);
  try {
    if (wanted > MEMORY_PAGES.maximum) throw new RangeError('beyond the address space');
    now.grow(wanted - size / PAGE);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EngineError('budget', `there is no room for ${end - top} more bytes of tensors`);
  }
  size = now.buffer.byteLength;
  bytesNow = undefined;
}

/**
 * Room of the request under way: so many bytes, not cleared. It is taken back with all else by
 * {@link releaseAll}.
 *
 * @throws EngineError `budget` where 4 GiB are full
 */
export function reserve(bytes: number): number {
  const at = top;
  const end = at + aligned(bytes);
  reach(end + SLACK);
  top = end;
  return at;
}

/** Where the next {@link reserve} begins; with {@link rewind}, scratch space of a kernel. */
export const mark = (): number => top;

/** Takes back what was reserved since `at` was the mark. Only for room that nothing else was reserved above. */
export function rewind(at: number): void {
  top = at;
}

/**
 * Room that stays, for tables, at the same address in every memory to come: what fills it is done again
 * for each ({@link onMemoryLost}; a module's segments are, when it is linked). Only while no request has
 * room, as when modules are loaded; that alone makes no memory.
 */
export function reserveForGood(bytes: number): number {
  if (top !== floor) throw new Error('tables are laid out before requests begin');
  const at = floor;
  floor = at + aligned(bytes);
  top = floor;
  if (memory !== undefined) reach(floor + SLACK);
  return at;
}

/** Takes back what was reserved since `from` was the mark. Whoever still holds an address must not use it. */
export function releaseAll(from = floor): void {
  top = from;
  if (from === floor && size > KEPT_BYTES) giveUp();
}

function giveUp(): void {
  memory = undefined;
  bytesNow = undefined;
  size = 0;
  for (const listener of lost) listener();
}

/** Bytes of the memory, used or not. */
export const memorySize = (): number => size;

/**
 * Gives the memory up if nobody uses it and it has grown beyond `kept` bytes. To be called while no request
 * runs: who needs it next begins with a small one.
 */
export function giveMemoryBack(kept = IDLE_BYTES): void {
  if (top === floor && size > kept) giveUp();
}
