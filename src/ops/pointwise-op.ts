/**
 * Pointwise ops that are given by an expression. Kernels, gradients, the gradients' gradients and both LaTeX
 * texts are made from it, unless the definition says otherwise.
 */
import { replaced } from '../kernels/formula/algebra.ts';
import { derivativeOf } from '../kernels/formula/derivative.ts';
import { type Expression, operand, withArgs } from '../kernels/formula/expression.ts';
import { latexOf } from '../kernels/formula/latex.ts';
import { type DType, isFloating } from '../tensor/dtype.ts';
import { dtypeError } from '../tensor/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Backward, type BackwardOp, defineBackward, GRAD, RESULT } from './backward-op.ts';
import { type Category, defineOp, type Op, type Primitive } from './define.ts';
import {
  type Kernels,
  kernelsOf,
  lazy,
  multiplied,
  partial,
  type Rule,
  ruleFrom,
  runner,
  type Saved,
  symbolOf,
} from './expression-kernels.ts';
import type { Source } from './in-ops.ts';
import { type Args, type ParamList, tensor } from './params.ts';
import { commonTypeOf, floatType } from './promote.ts';

/** Operands by the key of their parameter. */
type Operands<P extends ParamList> = { readonly [K in P[number] as K['key']]: Expression };

/** An expression of the first operand and, by the names of their parameters, of all. */
type Write<P extends ParamList> = (x: Expression, operands: Operands<P>) => Expression;

/** A derivative, of the operands and of the op's result. */
type Slope<P extends ParamList> = (
  x: Expression,
  operands: Operands<P> & { readonly result: Expression },
) => Expression;

type Passed<P extends ParamList> = Omit<
  Primitive<P, never, Tensor>,
  'category' | 'params' | 'formula' | 'forward' | 'gradient' | 'saves' | 'element'
>;

interface Pointwise<P extends ParamList> extends Passed<P> {
  readonly category?: Category;
  /** One tensor where absent; else tensors first, then numbers. */
  readonly params?: P;
  readonly expression: Write<P>;
  /** Whether float32 is computed in float64 and rounded once: where float32 would lose more than a few ulp. */
  readonly wide?: boolean;
  /** Whether integers are refused; else they are computed in the default float. */
  readonly floatingOnly?: boolean;
  /** Refuses arguments. */
  readonly check?: (args: Args<P>) => void;
  /** What is computed, where it is another way to the same. */
  readonly kernel?: Kernels;
  /** The whole of the forward pass, where more than a kernel is called. */
  readonly forward?: (args: Args<P>) => Tensor;
  /** Derivatives by the tensors, where their values at a kink or their form differ from what follows. */
  readonly slope?: Slope<P> | readonly Slope<P>[];
  /** How the first is computed, where what is told would not be a number far out. */
  readonly computed?: Slope<P>;
  /** What the derivative is computed from: by default the tensors, `result` for what the op gave. */
  readonly saves?: readonly string[];
  /** PyTorch's own op for the step back, if there is one. */
  readonly backward?: Backward;
  /** The gradient of the first tensor, where it is another op's step back. */
  readonly gradient?: (saved: Args<P>, grad: Tensor) => Tensor;
  /** LaTeX, where it tells more than what follows from the expression. */
  readonly formula?: string;
  /** Names of parameters in LaTeX. */
  readonly symbols?: Readonly<Record<string, string>>;
}

/** A pointwise op, and PyTorch's own op for its gradient where there is one. */
export type PointwiseOp<P extends ParamList> = Op<P, Tensor> & { readonly backward: BackwardOp };

export function definePointwise<const P extends ParamList = readonly [ReturnType<typeof tensor<'input'>>]>(
  spec: Pointwise<P>,
): PointwiseOp<P> {
  const { expression: write, slope, computed, kernel, wide = false, floatingOnly = false, check, ...rest } = spec;
  const params = (spec.params ?? [tensor('input')]) as P;
  const tensors = params.filter((p) => p.kind === 'tensor');
  const numbers = params.filter((p) => p.kind === 'attr');
  const names: Record<number, string> = { ...params.map((p) => spec.symbols?.[p.name] ?? symbolOf(p)), [RESULT]: 'y' };
  const operands = Object.fromEntries(params.map((p, i) => [p.key, operand(i)])) as Operands<P>;
  const expression = lazy(() => write(operand(0), operands));
  const keys = tensors.map((p) => p.key as string);
  const [first] = keys;
  const saves = spec.saves ?? keys;

  const own = typeof slope === 'function' ? [slope] : (slope ?? []);
  const written = (by: Slope<P>, result: Expression): Expression => by(operand(0), { ...operands, result });
  /** The derivative by a tensor as it is told. */
  const told = tensors.map((_, i) =>
    lazy(() => (i in own ? written(own[i], expression()) : derivativeOf(expression(), i))),
  );
  /** As it is computed: of the result, where that is kept. */
  const slopes = told.map((tell, i) =>
    lazy(() => {
      const by = i === 0 && computed !== undefined ? computed : own[i];
      if (by !== undefined) return written(by, saves.includes('result') ? operand(RESULT) : expression());
      return saves.includes('result') ? replaced(tell(), new Map([[expression(), operand(RESULT)]]), withArgs) : tell();
    }),
  );

  const compute = runner(
    lazy(() => kernel ?? kernelsOf(expression(), wide)),
    keys,
    numbers.map((p) => p.key as string),
  );
  const refuse = (types: readonly DType[]): never => {
    throw dtypeError(
      types.length === 1
        ? `${spec.name} is implemented for float32 and float64, but got ${types[0]}`
        : `${spec.name} is for floating dtypes, but got ${types.join(' and ')}`,
    );
  };
  const forward = (args: Saved): Tensor => {
    if (check !== undefined) check(args as Args<P>);
    const dtype =
      keys.length === 1 ? (args[first] as Tensor).dtype : commonTypeOf(keys.map((key) => args[key] as Tensor));
    if (isFloating(dtype)) return compute(args, dtype);
    return floatingOnly ? refuse(keys.map((key) => (args[key] as Tensor).dtype)) : compute(args, floatType(dtype));
  };

  const sources = new Map<number, Source>([
    [GRAD, { tensor: true }],
    [RESULT, { key: 'result', tensor: true }],
    ...params.map((p, i) => [i, { key: p.key as string, tensor: p.kind === 'tensor' }] as const),
  ]);
  const ofResult = saves.includes('result');
  const step =
    spec.backward &&
    defineBackward(spec.backward, { name: spec.name, numbers, slope: slopes[0], of: ofResult ? 'output' : 'self' });
  const gradient = keys.map((key, i) => {
    if (i === 0 && spec.gradient !== undefined) return spec.gradient as unknown as Rule;
    if (step === undefined) return ruleFrom(() => multiplied(slopes[i](), operand(GRAD), sources));
    const from = ofResult ? 'result' : key;
    return (saved: Saved, grad: Tensor) => step(grad, saved[from], ...numbers.map((n) => saved[n.key]));
  });

  const op = defineOp({
    ...rest,
    category: spec.category ?? 'pointwise',
    params,
    get formula() {
      return spec.formula ?? latexOf(expression(), names);
    },
    get derivative() {
      if (spec.derivative !== undefined) return spec.derivative;
      const texts = told.map((tell) => latexOf(tell(), names));
      return texts.length === 1 ? texts[0] : texts.map((text, i) => partial(names[i], text)).join(String.raw`,\quad `);
    },
    forward: spec.forward ?? (forward as never),
    saves: saves as never,
    gradient: Object.fromEntries(keys.map((key, i) => [key, gradient[i]])) as never,
    element: { expression, operands: new Map(params.map((p, i) => [i, p.key as string])), wide },
  }) as unknown as Op<P, Tensor>;
  return Object.assign(op, { backward: step as BackwardOp });
}
