/** PyTorch's own ops for the step back through another op: one kernel, recorded in the place of what it consists of. */
import { replaced, scaled } from '../kernels/formula/algebra.ts';
import { derivativeOf } from '../kernels/formula/derivative.ts';
import { type Expression, mul, operand, withArgs } from '../kernels/formula/expression.ts';
import { latexOf } from '../kernels/formula/latex.ts';
import { isFloating } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { defineOp, type Example, type Op } from './define.ts';
import {
  type Kernels,
  kernelsOf,
  lazy,
  multiplied,
  partial,
  ruleFrom,
  runner,
  type Saved,
  symbolOf,
} from './expression-kernels.ts';
import type { Source } from './in-ops.ts';
import { type AnyParam, type ParamList, tensor } from './params.ts';
import { commonType, floatType } from './promote.ts';

/** Stand, among the operands of a slope, for the incoming gradient and for the result of the op itself. */
export const GRAD = 14;
export const RESULT = 15;
/** Stands for the gradient that the step back was given, in the step back through it. */
const GRAD_OUTPUT = 13;

export interface Backward {
  readonly name: string;
  /** What is computed, where it is another way to the same. */
  readonly kernel?: Kernels;
  readonly examples: readonly [Example, ...Example[]];
}

/** An op of which the numbers are operands 1 and so on. */
interface Own {
  readonly name: string;
  readonly numbers: readonly AnyParam[];
  /** The derivative: of the input, operand 0, or of the result. */
  readonly slope: () => Expression;
  readonly of: 'self' | 'output';
}

export type BackwardOp = ((...args: readonly unknown[]) => Tensor) & Pick<Op<ParamList, Tensor>, 'def'>;

/** `grad_output` times the slope. It is linear in the gradient; by the other tensor it is differentiated in ops. */
export function defineBackward(
  { name, kernel, examples }: Backward,
  { name: own, numbers, slope, of }: Own,
): BackwardOp {
  const at = of === 'self' ? 0 : RESULT;
  const symbol = of === 'self' ? 'x' : 'y';
  const names = { [at]: symbol, [GRAD]: 'g', ...Object.fromEntries(numbers.map((p, i) => [i + 1, symbolOf(p)])) };
  const product = lazy(() => scaled(operand(GRAD), slope()));
  const curve = lazy(() => derivativeOf(slope(), at));
  const kernels = lazy(() => {
    if (kernel !== undefined) return kernel;
    const places = new Map([
      [operand(GRAD), operand(0)],
      [operand(at), operand(1)],
      ...numbers.map((_, i) => [operand(i + 1), operand(i + 2)] as const),
    ]);
    return kernelsOf(replaced(product(), places, withArgs), false);
  });
  const keys = numbers.map((p) => p.key as string);
  const compute = runner(kernels, ['gradOutput', of], keys);
  const sources = new Map<number, Source>([
    [GRAD, { tensor: true }],
    [GRAD_OUTPUT, { key: 'gradOutput', tensor: true }],
    [at, { key: of, tensor: true }],
    ...keys.map((key, i) => [i + 1, { key, tensor: false }] as const),
  ]);
  const op = defineOp({
    name,
    category: 'pointwise',
    in: [],
    summary: `The gradient of ${own}, from its ${of === 'self' ? 'input' : 'output'}`,
    params: [tensor('grad_output'), tensor(of), ...numbers] as ParamList,
    get formula() {
      return latexOf(product(), names);
    },
    get derivative() {
      const texts = [latexOf(slope(), names), latexOf(scaled(operand(GRAD), curve()), names)];
      return `${partial('g', texts[0])},\\quad ${partial(symbol, texts[1])}`;
    },
    forward: (args: Saved): Tensor => {
      const [grad, self] = [args.gradOutput as Tensor, args[of] as Tensor];
      return compute(args, isFloating(self.dtype) ? self.dtype : floatType(commonType(grad, self)));
    },
    saves: ['gradOutput', of] as never,
    gradient: {
      gradOutput: (saved: Saved, grad: Tensor) => again(grad, saved[of], ...keys.map((key) => saved[key])),
      [of]: ruleFrom(() => multiplied(curve(), mul(operand(GRAD), operand(GRAD_OUTPUT)), sources)),
    } as never,
    examples,
    element: {
      expression: product,
      operands: new Map([[GRAD, 'gradOutput'], [at, of], ...keys.map((key, i) => [i + 1, key] as const)]),
      wide: false,
    },
  });
  const again = op as unknown as BackwardOp;
  return again;
}
