/** From a formula to a WebAssembly kernel for int32 or int64: what wraps around, compares and selects. */
import { type ArgumentKind, enterBlock, leaveBlock } from '../wasm/block.ts';
import { WasmModule } from '../wasm/emitter.ts';
import { Lanes, type Vector } from '../wasm/lanes.ts';
import type { Kernel } from '../wasm/link.ts';
import { ROUND } from './compile.ts';
import type { Expression } from './expression.ts';
import { variantOf } from './variants.ts';

export type IntegerKind = 'int32' | 'int64';

/** Arithmetic that is one instruction of integer vectors; quotients, roots and roundings are not. */
const ARITHMETIC: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'neg', 'abs']);
const EXTREMA: ReadonlySet<string> = new Set(['min', 'max']);
/** int64 has no instruction for these: the operands the other way round have. */
const SIGNED: Readonly<Record<string, string>> = { lt: 'lt_s', le: 'le_s', gt: 'gt_s', ge: 'ge_s', eq: 'eq', ne: 'ne' };

/** Whether integer vectors can say it. */
export function isIntegral(e: Expression): boolean {
  switch (e.kind) {
    case 'operand':
      return true;
    case 'constant':
      return Number.isInteger(e.value) && Math.abs(e.value) < 2 ** 31;
    case 'arithmetic':
      return (ARITHMETIC.has(e.name) || EXTREMA.has(e.name)) && e.args.every(isIntegral);
    case 'comparison':
    case 'logic':
    case 'select':
      return e.args.every(isIntegral);
    case 'defined':
      return isIntegral(e.body);
    case 'function':
      return false;
  }
}

const isMask = (e: Expression): boolean => e.kind === 'comparison' || e.kind === 'logic';

function moduleOf(e: Expression, numbers: readonly boolean[], dtype: IntegerKind, toBool: boolean): WasmModule {
  const module = new WasmModule();
  const f = module.func('run', ['i32', 'i32']);
  const kinds: ArgumentKind[] = ['address', ...numbers.map((n): ArgumentKind => (n ? 'number' : 'address'))];
  const args = enterBlock(f, kinds);
  const lane = dtype === 'int32' ? 'i32x4' : 'i64x2';
  const width = dtype === 'int32' ? 4 : 8;
  const count = (ROUND * width) / 16;
  const lanes = new Lanes(f, lane);
  const raw = (instruction: string, ...operands: readonly Vector[]): Vector => lanes.raw(instruction, ...operands);
  const fixed = numbers.map((number, i) =>
    number
      ? lanes.hoisted(`operand ${i}`, () =>
          f
            .get(args[i + 1])
            .op(dtype === 'int32' ? 'i32.trunc_f64_s' : 'i64.trunc_f64_s')
            .op(`${lane}.splat`),
        )
      : -1,
  );
  const [zero, one] = [lanes.constant(0), lanes.constant(1)];
  const value = (e: Expression, loaded: readonly Vector[]): Vector => {
    const number = (arg: Expression): Vector =>
      isMask(arg) ? raw('v128.and', value(arg, loaded), one) : value(arg, loaded);
    const mask = (arg: Expression): Vector =>
      isMask(arg) ? value(arg, loaded) : raw(`${lane}.ne`, value(arg, loaded), zero);
    switch (e.kind) {
      case 'operand':
        return loaded[e.index];
      case 'constant':
        return lanes.constant(e.value);
      case 'arithmetic': {
        const operands = e.args.map(number);
        if (!EXTREMA.has(e.name)) return raw(`${lane}.${e.name}`, ...operands);
        const [a, b] = operands;
        const less = raw(`${lane}.${e.name === 'min' ? 'lt_s' : 'gt_s'}`, a, b);
        return raw('v128.bitselect', a, b, less);
      }
      case 'comparison':
        return raw(`${lane}.${SIGNED[e.name]}`, ...e.args.map(number));
      case 'logic':
        return raw(`v128.${e.name}`, ...e.args.map(mask));
      case 'select':
        return raw('v128.bitselect', number(e.args[1]), number(e.args[2]), mask(e.args[0]));
      case 'defined':
        return value(e.body, loaded);
      case 'function':
        throw new Error(`${e.name} is no function of integers`);
    }
  };
  const move = (local: number, bytes: number): void => {
    f.get(local).i32(bytes).op('i32.add').set(local);
  };
  f.block(() => {
    f.get(0).i32(0).op('i32.le_s').brIf(0);
    f.loop(() => {
      const loaded = Array.from({ length: count }, (_, j) =>
        numbers.map((isNumber, i) => {
          if (isNumber) return fixed[i];
          f.get(args[i + 1]).memory('v128.load', 16 * j);
          return lanes.keep();
        }),
      );
      const results = loaded.map((row) => value(e, row));
      const masks = isMask(e);
      if (toBool) {
        const flags = masks ? results : results.map((v) => raw(`${lane}.ne`, v, zero));
        for (const [j, flag] of flags.entries()) {
          for (let k = 0; k < 16 / width; k++) {
            f.get(args[0]).get(flag);
            f.lane(`${lane}.extract_lane`, k);
            if (dtype === 'int64') f.op('i32.wrap_i64');
            f.i32(1)
              .op('i32.and')
              .memory('i32.store8', (16 / width) * j + k);
          }
        }
      } else {
        for (const [j, v] of results.entries()) {
          f.get(args[0]).get(masks ? raw('v128.and', v, one) : v);
          f.memory('v128.store', 16 * j);
        }
      }
      lanes.forget();
      move(args[0], toBool ? ROUND : ROUND * width);
      for (const [i, isNumber] of numbers.entries()) if (!isNumber) move(args[i + 1], ROUND * width);
      f.get(0).i32(ROUND).op('i32.sub').tee(0).i32(0).op('i32.gt_s').brIf(0);
    });
  });
  leaveBlock(f, kinds);
  return module;
}

/**
 * The kernel of an expression over integers of one dtype, as compile.ts has them for floats.
 *
 * @param numbers which operands are one number for all elements: an integer of less than 2^53, as a double
 */
export function integerKernelOf(
  e: Expression,
  numbers: readonly boolean[],
  dtype: IntegerKind,
  result: IntegerKind | 'bool',
): () => Kernel {
  return variantOf(e, `${numbers.join()}>${dtype}>${result}`, () => moduleOf(e, numbers, dtype, result === 'bool'));
}
