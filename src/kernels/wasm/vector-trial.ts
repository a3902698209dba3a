/**
 * `node src/kernels/wasm/vector-trial.ts`: tries out whether V8 makes wide operations of pairs of vectors,
 * and whether they do well (see vector-width.ts). V8's flags hold for a whole process, and its threads read
 * them while they compile: so this is a process of its own, which prints its verdict and ends.
 */
import { setFlagsFromString } from 'node:v8';
import { mark, memoryBytes, reserve, rewind, theMemory } from '../../tensor/memory.ts';
import { type WasmFunction, WasmModule } from './emitter.ts';
import { type LaneKind, Lanes, type Vector } from './lanes.ts';
import { MATH32 } from './math.ts';
import { emitTile } from './product-tile.ts';
import { emitSoftmax } from './softmax-rows.ts';

const FLAG = 'experimental-wasm-revectorize';

const DEPTH = 64;
const ELEMENTS = 512;
/** Of the trial's operands: in front a tile's panels, or as many elements of a vector. */
const OPERAND_BYTES = DEPTH * 16 * 4;

/** Instructions of formulas, by how many operands they take. */
const UNARY = ['neg', 'abs', 'sqrt', 'ceil', 'floor', 'trunc', 'nearest'];
const BINARY = ['add', 'sub', 'mul', 'div', 'min', 'max', 'pmin', 'pmax', 'lt', 'le', 'gt', 'ge', 'eq', 'ne'];

/** The exclusive or of what every instruction gives: no bit of any may differ. */
function arithmetic(l: Lanes, x: Vector): Vector {
  const y = l.op('nearest', x);
  let all = l.select(l.op('lt', x, y), l.op('neg', x), y);
  for (const name of UNARY) all = l.raw('v128.xor', all, l.op(name, x));
  for (const name of BINARY) all = l.raw('v128.xor', all, l.op(name, x, y));
  return l.raw('v128.xor', all, l.fma(x, x, y));
}

/** A loop over pairs of vectors, `name(from, to, n)`, n being the elements, or half of float64's. */
function elementwise(m: WasmModule, name: string, kind: LaneKind, body: (l: Lanes, x: Vector) => Vector): void {
  const f = m.func(name, ['i32', 'i32', 'i32']);
  const lanes = new Lanes(f, kind);
  const move = (local: number, by: number): WasmFunction => f.get(local).i32(by).op('i32.add');
  f.loop(() => {
    const loaded = [0, 16].map((offset) => {
      f.get(0).memory('v128.load', offset);
      return lanes.keep();
    });
    const results = loaded.map((x) => body(lanes, x));
    for (const [j, y] of results.entries())
      f.get(1)
        .get(y)
        .memory('v128.store', 16 * j);
    move(0, 32).set(0);
    move(1, 32).set(1);
    lanes.forget();
    move(2, -8).tee(2).brIf(0);
  });
}

function trial(): WasmModule {
  const m = new WasmModule();
  emitTile(m, { dtype: 'float32', vectors: 4 }, 'wideTile');
  emitTile(m, { dtype: 'float32', vectors: 2 }, 'tile');
  emitTile(m, { dtype: 'float64', vectors: 4 }, 'wideTile64');
  for (const name of ['exp', 'log']) elementwise(m, name, 'f32x4', (l, x) => MATH32[name]?.(l, x) ?? x);
  elementwise(m, 'arithmetic32', 'f32x4', arithmetic);
  elementwise(m, 'arithmetic64', 'f64x2', arithmetic);
  emitSoftmax(m);
  return m;
}

type Trial = Readonly<Record<string, (...args: number[]) => void>>;

function compiled(note: string): Trial {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(trial().bytes(note)), {
    host: { memory: theMemory() },
  });
  return exports as Trial;
}

/** Runs every kernel of the trial once; gives all that they wrote. */
function outcome(kernels: Trial, at: number): Uint8Array {
  const [a, b, c] = [at, at + OPERAND_BYTES, at + 2 * OPERAND_BYTES];
  const floats = new Float32Array(memoryBytes().buffer, at, (2 * OPERAND_BYTES) / 4);
  const result = new Uint8Array(memoryBytes().buffer, c, 7 * OPERAND_BYTES).fill(0);
  for (let i = 0; i < floats.length; i++) floats[i] = Math.sin(i) * 2 ** ((i % 16) - 8);
  // From the denormals to what overflows, and what is no number.
  floats.set([0, -0, Infinity, -Infinity, NaN, 1e-45, -1e-40, 88.7, -103.9, 3e38], 0);
  kernels.exp(a, c, ELEMENTS);
  kernels.log(a, c + OPERAND_BYTES, ELEMENTS);
  // Rows without what is no number, which would spread over all of theirs.
  kernels.softmax(3, 300, c + 7 * OPERAND_BYTES, a + 64, c + 4 * OPERAND_BYTES);
  kernels.arithmetic32(a + 64, c + 5 * OPERAND_BYTES, ELEMENTS);
  kernels.wideTile(a + 64, b, c + 2 * OPERAND_BYTES, 64, DEPTH / 2);
  const doubles = new Float64Array(floats.buffer, at, (2 * OPERAND_BYTES) / 8);
  for (let i = 0; i < doubles.length; i++) doubles[i] = Math.cos(i) * 2 ** ((i % 32) - 16);
  kernels.arithmetic64(a, c + 6 * OPERAND_BYTES, ELEMENTS);
  kernels.wideTile64(a, b, c + 3 * OPERAND_BYTES, 64, DEPTH / 2);
  return result.slice();
}

/** The least time of a few calls. */
function leastTime(call: () => void): number {
  let least = Infinity;
  for (let i = 0; i < 30; i++) {
    const start = performance.now();
    for (let k = 0; k < 8; k++) call();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Where others use the processor, a measurement may mislead. */
const TRIES = 3;

/** Whether a tile of twice the columns takes little longer: without wide registers it does not fit those there are. */
function isFaster(kernels: Trial, at: number): boolean {
  const [a, b, c] = [at, at + OPERAND_BYTES, at + 2 * OPERAND_BYTES];
  for (let i = 0; i < TRIES; i++) {
    const double = leastTime(() => kernels.wideTile(a, b, c, 64, DEPTH));
    const single = leastTime(() => kernels.tile(a, b, c, 32, DEPTH));
    if (double < 1.5 * single) return true;
  }
  return false;
}

/**
 * Whether kernels are better written for pairs of vectors. The flag stays set in this process where they
 * are.
 */
export function tryWideVectors(): boolean {
  // The flag is known where V8 can make use of it.
  if (process.arch !== 'x64') return false;
  const before = mark();
  const at = reserve(9 * OPERAND_BYTES + 64);
  let good = false;
  try {
    // Code is shared by modules of equal bytes: what was optimized before would be no baseline.
    const narrow = outcome(compiled(`narrow ${performance.now()} ${Math.random()}`), at);
    setFlagsFromString(`--${FLAG}`);
    setFlagsFromString('--no-liftoff');
    const kernels = compiled('wide');
    const paired = outcome(kernels, at);
    good = narrow.every((byte, i) => byte === paired[i]) && isFaster(kernels, at);
  } finally {
    setFlagsFromString('--liftoff');
    if (!good) setFlagsFromString(`--no-${FLAG}`);
    rewind(before);
  }
  return good;
}

if (import.meta.main) process.stdout.write(JSON.stringify({ wide: tryWideVectors() }));
