/**
 * Pointwise ops that are given by an expression. Kernels, gradients, the gradients' gradients and both LaTeX
 * texts are made from it, unless the definition says otherwise.
 */
import { replaced, scaled, ZERO } from '../kernels/formula/algebra.ts';
import { derivativeOf } from '../kernels/formula/derivative.ts';
import {
  type Composed,
  constant,
  constantsOf,
  type Expression,
  fround,
  operand,
  withArgs,
} from '../kernels/formula/expression.ts';
import { type AnyFormula, formula as inFloat64, narrow } from '../kernels/formula/formula.ts';
import { latexOf } from '../kernels/formula/latex.ts';
import { map1, map2, mapN } from '../kernels/pointwise.ts';
import { type DType, isFloating } from '../tensor/dtype.ts';
import { dtypeError } from '../tensor/errors.ts';
import { float, type Scalar, scalarToNumber } from '../tensor/scalar.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Category, defineOp, type Example, type Op, type Primitive } from './define.ts';
import { callOp, inOps } from './in-ops.ts';
import { type AnyParam, type ParamList, tensor } from './params.ts';
import { asTensor, commonTypeOf, floatType } from './promote.ts';

/** Stand for the incoming gradient and for the op's result among the operands of an expression. */
const GRAD = 14;
const RESULT = 15;

/** Operands by the key of their parameter. */
type Operands<P extends ParamList> = { readonly [K in P[number] as K['key']]: Expression };

/** An expression of the first operand and, by the names of their parameters, of all. */
type Write<P extends ParamList> = (x: Expression, operands: Operands<P>) => Expression;

/** A derivative, of the operands and of the op's result. */
type Slope<P extends ParamList> = (
  x: Expression,
  operands: Operands<P> & { readonly result: Expression },
) => Expression;

/** A kernel for all floating dtypes, or one for each that computes in a way of its own. */
type Kernels = AnyFormula | { readonly float32: AnyFormula; readonly float64: AnyFormula };

/** PyTorch's own op for the step back, which is recorded in the place of what it consists of. */
interface Backward {
  readonly name: string;
  readonly kernel?: Kernels;
  readonly examples: readonly [Example, ...Example[]];
}

type Passed<P extends ParamList> = Omit<
  Primitive<P, never, Tensor>,
  'category' | 'params' | 'formula' | 'forward' | 'gradient' | 'saves'
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
  readonly check?: Primitive<P, never, Tensor>['forward'] extends (args: infer A) => Tensor ? (args: A) => void : never;
  /** What is computed, where it is another way to the same. */
  readonly kernel?: Kernels;
  /** The whole of the forward pass, where more than a kernel is called. */
  readonly forward?: Primitive<P, never, Tensor>['forward'];
  /** Derivatives by the tensors, where their values at a kink or their form differ from what follows. */
  readonly slope?: Slope<P> | readonly Slope<P>[];
  /** How they are computed, where what is told would not be a number far out. */
  readonly computed?: Slope<P>;
  /** What the derivative is computed from: by default the tensors, `result` for what the op gave. */
  readonly saves?: readonly string[];
  readonly backward?: Backward;
  /** LaTeX, where it tells more than what follows from the expression. */
  readonly formula?: string;
  /** Names of parameters in LaTeX. */
  readonly symbols?: Readonly<Record<string, string>>;
}

const SYMBOLS: Readonly<Record<string, string>> = {
  input: 'x',
  self: 'x',
  other: 'y',
  target: 'y',
  output: 'y',
  grad_output: 'g',
  alpha: String.raw`\alpha`,
  beta: String.raw`\beta`,
  delta: String.raw`\delta`,
  lambd: String.raw`\lambda`,
};

const symbolOf = ({ name }: AnyParam): string =>
  SYMBOLS[name] ?? String.raw`\mathrm{${name.replaceAll('_', String.raw`\_`)}}`;

/**
 * The same as float32 has it: constants are rounded, and so is what is compared, since on a kink it matters
 * to which side a number falls.
 */
function rounded(e: Expression): Expression {
  const again = (part: Composed, args: readonly Expression[]): Expression =>
    withArgs(
      part,
      part.kind === 'comparison' ? args.map((arg) => (arg.kind === 'arithmetic' ? fround(arg) : arg)) : args,
    );
  const constants = new Map<Expression, Expression>();
  for (const value of constantsOf(e)) constants.set(constant(value), constant(Math.fround(value)));
  return replaced(e, constants, again);
}

const kernelsOf = (e: Expression, wide: boolean): Kernels => {
  if (wide) return inFloat64(() => e);
  return { float32: narrow(() => rounded(e)), float64: narrow(() => e) };
};

const kernelFor = (kernels: Kernels, dtype: DType): AnyFormula =>
  'float64' in kernels ? kernels[dtype === 'float64' ? 'float64' : 'float32'] : kernels;

/** A parameter rounded as PyTorch rounds it, so that an element right on a kink is on its side of it. */
const numberIn = (value: Scalar, dtype: DType): number =>
  dtype === 'float64' ? scalarToNumber(value) : Math.fround(scalarToNumber(value));

/** Tensors and numbers through a kernel. */
function run(kernels: Kernels, tensors: readonly Tensor[], numbers: readonly Scalar[], dtype: DType): Tensor {
  const kernel = kernelFor(kernels, dtype);
  if (numbers.length > 0) {
    const operands: readonly (Tensor | number)[] = [
      ...tensors.map((t) => asTensor(t, dtype)),
      ...numbers.map((n) => numberIn(n, dtype)),
    ];
    return mapN(kernel, operands, dtype);
  }
  return tensors.length === 1 ? map1(kernel, tensors[0], dtype) : map2(kernel, tensors[0], tensors[1], dtype);
}

/** Computed when it is asked for. */
function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const partial = (symbol: string, text: string): string => String.raw`\tfrac{\partial}{\partial ${symbol}} = ${text}`;

/** A gradient times a slope, by calls of ops. */
function multiplied(slope: Expression): (grad: Tensor, operand: (index: number) => Tensor | Scalar) => Tensor {
  if (slope === ZERO) return (grad) => callOp('zeros_like', grad);
  const value = inOps(scaled(operand(GRAD), slope));
  return (grad, operandAt) => value((index) => (index === GRAD ? grad : operandAt(index))) as Tensor;
}

type Saved = Readonly<Record<string, Tensor | Scalar>>;

/** The op that a gradient takes through `slope`, an expression of `self` (operand 0, or the result) and numbers. */
function backwardOp(
  name: string,
  {
    backward,
    own,
    slope,
    numbers,
    of,
  }: {
    readonly backward: Backward;
    readonly own: string;
    readonly slope: () => Expression;
    readonly numbers: readonly AnyParam[];
    readonly of: 'self' | 'output';
  },
): Op<ParamList, Tensor> {
  const at = of === 'self' ? 0 : RESULT;
  const names: string[] = [];
  names[at] = of === 'self' ? 'x' : 'y';
  for (const [i, p] of numbers.entries()) names[i + 1] = symbolOf(p);
  names[GRAD] = 'g';
  const value = lazy(() => scaled(operand(GRAD), slope()));
  const curve = lazy(() => derivativeOf(slope(), at));
  const kernels = lazy(() => {
    if (backward.kernel !== undefined) return backward.kernel;
    const places = new Map([
      [operand(GRAD), operand(0)],
      [operand(at), operand(1)],
      ...numbers.map((_, i) => [operand(i + 1), operand(i + 2)] as const),
    ]);
    return kernelsOf(replaced(value(), places, withArgs), false);
  });
  const curved = lazy(() => multiplied(curve()));
  const op: Op<ParamList, Tensor> = defineOp({
    name,
    category: 'pointwise',
    in: [],
    summary: `The gradient of ${own}, from its ${of === 'self' ? 'input' : 'output'}`,
    params: [tensor('grad_output'), tensor(of), ...numbers] as ParamList,
    get formula() {
      return latexOf(value(), names);
    },
    get derivative() {
      const [dg, dx] = [latexOf(slope(), names), latexOf(scaled(operand(GRAD), curve()), names)];
      return `${partial('g', dg)},\\quad ${partial(names[at], dx)}`;
    },
    forward: (args: Saved) => {
      const [grad, self] = [args.gradOutput, args[of]] as [Tensor, Tensor];
      const dtype = isFloating(self.dtype) ? self.dtype : floatType(commonTypeOf([grad, self]));
      return run(
        kernels(),
        [grad, self],
        numbers.map((p) => args[p.key] as Scalar),
        dtype,
      );
    },
    saves: ['gradOutput', of] as never,
    gradient: {
      gradOutput: (saved: Saved, grad: Tensor) => callOp(name, grad, saved[of], ...numbers.map((p) => saved[p.key])),
      [of]: (saved: Saved, grad: Tensor) =>
        curved()(callOp('mul', grad, saved.gradOutput), (index) =>
          index === at ? saved[of] : float(scalarToNumber(saved[numbers[index - 1].key] as Scalar)),
        ),
    } as never,
    examples: backward.examples,
  });
  return op;
}

/** A pointwise op, and PyTorch's own op for its gradient where there is one. */
export type PointwiseOp<P extends ParamList> = Op<P, Tensor> & { readonly backward: Op<ParamList, Tensor> };

export function definePointwise<const P extends ParamList = readonly [ReturnType<typeof tensor<'input'>>]>(
  spec: Pointwise<P>,
): PointwiseOp<P> {
  const { expression: write, slope: ownSlope, computed, kernel, wide = false, backward, check, ...rest } = spec;
  const params = (spec.params ?? [tensor('input')]) as P;
  const tensors = params.filter((p) => p.kind === 'tensor');
  const numbers = params.filter((p) => p.kind === 'attr');
  const names: string[] = params.map((p) => spec.symbols?.[p.name] ?? symbolOf(p));
  names[RESULT] = 'y';
  const operands = Object.fromEntries(params.map((p, i) => [p.key, operand(i)])) as Operands<P>;
  const expression = lazy(() => write(operand(0), operands));
  const saves = spec.saves ?? tensors.map((p) => p.key);

  const ownSlopes = typeof ownSlope === 'function' ? [ownSlope] : (ownSlope ?? []);
  const written = (slope: Slope<P>, result: Expression): Expression => slope(operand(0), { ...operands, result });
  /** The derivative by a tensor as it is told. */
  const told = tensors.map((_, i) =>
    lazy(() => (i in ownSlopes ? written(ownSlopes[i], expression()) : derivativeOf(expression(), i))),
  );
  /** As it is computed: of the result, where that is kept. */
  const slopes = told.map((slope, i) =>
    lazy(() => {
      const own = i === 0 && computed !== undefined ? computed : ownSlopes[i];
      if (!saves.includes('result')) return own === undefined ? slope() : written(own, expression());
      if (own !== undefined) return written(own, operand(RESULT));
      return replaced(slope(), new Map([[expression(), operand(RESULT)]]), withArgs);
    }),
  );
  const kernels = lazy(() => kernel ?? kernelsOf(expression(), wide));
  const forward = (args: Saved): Tensor => {
    check?.(args as never);
    const values = tensors.map((p) => args[p.key] as Tensor);
    const dtype = commonTypeOf(values);
    if (spec.floatingOnly && !isFloating(dtype))
      throw dtypeError(
        tensors.length === 1
          ? `${spec.name} is implemented for float32 and float64, but got ${dtype}`
          : `${spec.name} is for floating dtypes, but got ${values.map((t) => t.dtype).join(' and ')}`,
      );
    return run(
      kernels(),
      values,
      numbers.map((p) => args[p.key] as Scalar),
      floatType(dtype),
    );
  };
  const products = slopes.map((slope) => lazy(() => multiplied(slope())));
  const valueAt = (saved: Saved, index: number): Tensor | Scalar => {
    if (index === RESULT) return saved.result;
    const value = saved[params[index].key];
    return index < tensors.length ? value : float(scalarToNumber(value as Scalar));
  };
  const of = saves.includes('result') ? 'output' : 'self';
  const step =
    backward === undefined
      ? undefined
      : backwardOp(backward.name, { backward, own: spec.name, slope: slopes[0], numbers, of });
  const gradient = Object.fromEntries(
    tensors.map((p, i) => [
      p.key,
      step === undefined
        ? (saved: Saved, grad: Tensor) => products[i]()(grad, (index) => valueAt(saved, index))
        : (saved: Saved, grad: Tensor) =>
            callOp(step.def.name, grad, saved[of === 'output' ? 'result' : p.key], ...numbers.map((n) => saved[n.key])),
    ]),
  );
  const op = defineOp({
    ...rest,
    category: spec.category ?? 'pointwise',
    params,
    get formula() {
      return spec.formula ?? latexOf(expression(), names);
    },
    get derivative() {
      if (spec.derivative !== undefined) return spec.derivative;
      const texts = told.map((slope) => latexOf(slope(), names));
      return texts.length === 1 ? texts[0] : texts.map((text, i) => partial(names[i], text)).join(String.raw`,\quad `);
    },
    forward: spec.forward ?? (forward as never),
    saves: saves as never,
    gradient: gradient as never,
  }) as unknown as Op<P, Tensor>;
  return Object.assign(op, { backward: step as Op<ParamList, Tensor> });
}
