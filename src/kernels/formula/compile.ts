/** From a formula to a WebAssembly kernel for given dtypes. */
import type { DType } from '../../tensor/dtype.ts';
import { type ArgumentKind, enterBlock, leaveBlock } from '../wasm/block.ts';
import { WasmModule } from '../wasm/emitter.ts';
import { HIGH_HALF, Lanes, type Vector } from '../wasm/lanes.ts';
import type { Kernel } from '../wasm/link.ts';
import { MATH32, MATH64, REACHES } from '../wasm/math.ts';
import type { Expression, FunctionName } from './expression.ts';
import { FUNCTIONS } from './functions.ts';
import { variantOf } from './variants.ts';

/** What kernels read; `number` is one number for all elements, handed over as a double. */
export type OperandKind = 'float32' | 'float64' | 'int32' | 'uint8' | 'bool' | 'number';
/** What they compute in, and what they write. */
export type ComputeKind = 'float32' | 'float64';
export type ResultKind = 'float32' | 'float64' | 'bool';

/** Elements that one round of the loop works on. Results are written in whole rounds: their room is that long. */
export const ROUND = 8;

const BYTES: Record<Exclude<OperandKind, 'number'>, number> = { float32: 4, float64: 8, int32: 4, uint8: 1, bool: 1 };

export const isOperandKind = (dtype: DType): dtype is Exclude<OperandKind, 'number'> => dtype in BYTES;

/** The dword lanes of two vectors of two doubles each, or of their masks. */
const EVEN_DWORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** The functions that an expression calls, each once. */
function calls(e: Expression, found = new Set<FunctionName>()): Set<FunctionName> {
  if (e.kind === 'operand' || e.kind === 'constant') return found;
  if (e.kind === 'defined') return calls(e.body, found);
  if (e.kind === 'function') found.add(e.name);
  for (const arg of e.args) calls(arg, found);
  return found;
}

const isMask = (e: Expression): boolean => e.kind === 'comparison' || e.kind === 'logic';

class Compiler {
  private readonly lanes: Lanes;
  private readonly operands: readonly OperandKind[];
  private readonly imports: ReadonlyMap<FunctionName, { readonly index: number }>;
  /** Vectors in a round. */
  readonly count: number;
  /** Locals: where the result goes, and the operands' addresses or numbers. */
  private readonly args: readonly number[];

  constructor(
    lanes: Lanes,
    operands: readonly OperandKind[],
    imports: ReadonlyMap<FunctionName, { readonly index: number }>,
    args: readonly number[],
  ) {
    this.args = args;
    this.lanes = lanes;
    this.operands = operands;
    this.imports = imports;
    this.count = ROUND / lanes.width;
  }

  /** The operand's `j`-th vector of the round. */
  load(index: number, j: number): Vector {
    const { lanes, operands } = this;
    const { f } = lanes;
    const kind = operands[index];
    const at = this.args[1 + index];
    if (kind === 'number') {
      return lanes.hoisted(`operand ${index}`, () => {
        f.get(at);
        if (lanes.kind === 'f32x4') f.op('f32.demote_f64').op('f32x4.splat');
        else f.op('f64x2.splat');
      });
    }
    const offset = j * lanes.width * BYTES[kind];
    f.get(at);
    if (lanes.kind === 'f32x4') {
      if (kind === 'float32') f.memory('v128.load', offset);
      else if (kind === 'int32') f.memory('v128.load', offset).op('f32x4.convert_i32x4_s');
      else if (kind === 'float64') {
        f.memory('v128.load', offset).op('f32x4.demote_f64x2_zero');
        f.get(at)
          .memory('v128.load', offset + 16)
          .op('f32x4.demote_f64x2_zero')
          .shuffle(LOW_HALVES);
      } else {
        f.memory('v128.load32_zero', offset).op('i16x8.extend_low_i8x16_u').op('i32x4.extend_low_i16x8_u');
        f.op('f32x4.convert_i32x4_u');
      }
    } else if (kind === 'float64') f.memory('v128.load', offset);
    else if (kind === 'float32') f.memory('v128.load64_zero', offset).op('f64x2.promote_low_f32x4');
    else if (kind === 'int32') f.memory('v128.load64_zero', offset).op('f64x2.convert_low_i32x4_s');
    else {
      f.memory('v128.load16_splat', offset).op('i16x8.extend_low_i8x16_u').op('i32x4.extend_low_i16x8_u');
      f.op('f64x2.convert_low_i32x4_u');
    }
    return lanes.keep();
  }

  value(e: Expression, loaded: readonly Vector[], known: Map<Expression, Vector>): Vector {
    const before = known.get(e);
    if (before !== undefined) return before;
    const made = this.make(e, loaded, known);
    known.set(e, made);
    return made;
  }

  private make(e: Expression, loaded: readonly Vector[], known: Map<Expression, Vector>): Vector {
    const { lanes } = this;
    const number = (arg: Expression): Vector =>
      isMask(arg)
        ? lanes.raw('v128.and', this.value(arg, loaded, known), lanes.constant(1))
        : this.value(arg, loaded, known);
    const mask = (arg: Expression): Vector => {
      const value = this.value(arg, loaded, known);
      return isMask(arg) ? value : lanes.op('ne', value, lanes.constant(0));
    };
    switch (e.kind) {
      case 'operand':
        return loaded[e.index];
      case 'constant':
        return lanes.constant(e.value);
      case 'defined':
        return this.value(e.body, loaded, known);
      case 'arithmetic':
      case 'comparison':
        return lanes.op(e.name, ...e.args.map(number));
      case 'logic':
        return lanes.raw(`v128.${e.name}`, ...e.args.map(mask));
      case 'select':
        return lanes.select(mask(e.args[0]), number(e.args[1]), number(e.args[2]));
      case 'function': {
        const args = e.args.map(number);
        const vectors = (lanes.kind === 'f32x4' ? MATH32 : MATH64)[e.name];
        const scalar = this.imports.get(e.name) as { index: number };
        if (vectors === undefined) return lanes.each(scalar, ...args);
        const reach = lanes.kind === 'f32x4' ? REACHES[e.name] : undefined;
        const value = vectors(lanes, ...args);
        if (reach !== undefined) lanes.beyond(args[0], reach, value, scalar);
        return value;
      }
    }
  }

  /** Writes a round's results. */
  store(values: readonly Vector[], masks: boolean, to: ResultKind): void {
    const { lanes } = this;
    const { f } = lanes;
    const narrow = lanes.kind === 'f32x4';
    const [out] = this.args;
    if (to === 'bool') {
      const flags = masks ? values : values.map((v) => lanes.op('ne', v, lanes.constant(0)));
      const dwords = narrow
        ? flags
        : [lanes.shuffle(flags[0], flags[1], EVEN_DWORDS), lanes.shuffle(flags[2], flags[3], EVEN_DWORDS)];
      const ones = dwords.map((v) => lanes.shift('i32x4.shr_u', v, 31));
      f.get(out).get(ones[0]).get(ones[1]).op('i16x8.narrow_i32x4_u');
      const words = lanes.keep();
      f.get(words).get(words).op('i8x16.narrow_i16x8_u').lane('i64x2.extract_lane', 0).memory('i64.store');
      return;
    }
    const numbers = masks ? values.map((v) => lanes.raw('v128.and', v, lanes.constant(1))) : values;
    if ((to === 'float32') === narrow) {
      for (const [j, v] of numbers.entries())
        f.get(out)
          .get(v)
          .memory('v128.store', 16 * j);
    } else if (narrow) {
      const wide = numbers.flatMap((v) => [
        lanes.raw('f64x2.promote_low_f32x4', v),
        lanes.raw('f64x2.promote_low_f32x4', lanes.shuffle(v, v, HIGH_HALF)),
      ]);
      for (const [j, v] of wide.entries())
        f.get(out)
          .get(v)
          .memory('v128.store', 16 * j);
    } else {
      const halves = numbers.map((v) => lanes.raw('f32x4.demote_f64x2_zero', v));
      for (let j = 0; j < 2; j++) {
        const joined = lanes.shuffle(halves[2 * j], halves[2 * j + 1], LOW_HALVES);
        f.get(out)
          .get(joined)
          .memory('v128.store', 16 * j);
      }
    }
  }
}

const RESULT_BYTES: Record<ResultKind, number> = { float32: 4, float64: 8, bool: 1 };

function moduleOf(
  e: Expression,
  operands: readonly OperandKind[],
  compute: ComputeKind,
  result: ResultKind,
): WasmModule {
  const module = new WasmModule();
  const imports = new Map<FunctionName, { readonly index: number }>();
  for (const name of calls(e)) {
    const numbers = new Array<'f64'>(FUNCTIONS[name].arity).fill('f64');
    imports.set(name, module.import(name, numbers, ['f64']));
  }
  const f = module.func('run', ['i32', 'i32']);
  const lanes = new Lanes(f, compute === 'float32' ? 'f32x4' : 'f64x2');
  const kinds: ArgumentKind[] = ['address', ...operands.map((kind) => (kind === 'number' ? 'number' : 'address'))];
  const args = enterBlock(f, kinds);
  const compiler = new Compiler(lanes, operands, imports, args);
  f.block(() => {
    f.get(0).i32(0).op('i32.le_s').brIf(0);
    f.loop(() => {
      // All loads before all stores, so that V8 may join vectors that lie side by side.
      const loaded = Array.from({ length: compiler.count }, (_, j) => operands.map((_, i) => compiler.load(i, j)));
      const values = loaded.map((row) => compiler.value(e, row, new Map()));
      compiler.store(values, isMask(e), result);
      lanes.forget();
      const move = (local: number, bytes: number): void => {
        f.get(local).i32(bytes).op('i32.add').set(local);
      };
      move(args[0], ROUND * RESULT_BYTES[result]);
      for (const [i, kind] of operands.entries()) if (kind !== 'number') move(args[i + 1], ROUND * BYTES[kind]);
      f.get(0).i32(ROUND).op('i32.sub').tee(0).i32(0).op('i32.gt_s').brIf(0);
    });
  });
  leaveBlock(f, kinds);
  return module;
}

/**
 * The kernel of an expression: `run(n, block)`, the block holding the result's address and the operands:
 * addresses, or doubles where the kind is `number`. Elements lie in order. `n` is rounded up to whole rounds: results need
 * room for them, and operands may be read as far.
 */
export function kernelOf(
  e: Expression,
  operands: readonly OperandKind[],
  compute: ComputeKind,
  result: ResultKind,
): () => Kernel {
  return variantOf(e, `${operands.join()}>${compute}>${result}`, () => moduleOf(e, operands, compute, result));
}
