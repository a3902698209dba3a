/** The `code` of `POST /v1/evaluate`: run once, in an interpreter of its own. */

import type { Answer, AnswerOptions } from '../answer/answer.ts';
import { withRecorder } from '../autograd/recorder.ts';
import { setData } from '../autograd/reshape.ts';
import type { CellResult } from '../cells/cell.ts';
import { PyList, PyTuple, type Value } from '../cells/runtime/values.ts';
import { type Complaint, JsonError } from '../codec/json/json-error.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { Document } from '../graph/document.ts';
import { materialize } from '../graph/materialize.ts';
import { Program } from '../graph/program.ts';
import { cast } from '../kernels/copy.ts';
import { closest } from '../ops/closest.ts';
import { DEFAULT_DTYPE, type DType, isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { storageOf } from '../tensor/storage.ts';
import { fromStorage, Tensor } from '../tensor/tensor.ts';
import { TimeLimit } from './clock.ts';
import { compute, type Forward } from './computation.ts';
import { asArgument, locate, namesOf, pointerOf, type Sides } from './derivable.ts';
import { type Derivation, type DerivationAnswer, runDerivation } from './derivative.ts';
import { CodeError } from './failures.ts';
import type { GradientRequest } from './gradients.ts';
import { Interpreter, withHooks } from './interpreter.ts';
import { collectedMemory } from './memory.ts';
import type { Scope } from './scope.ts';

/** The code of an evaluation, with what is asked of it. */
export interface CodeRequest {
  readonly inputs: ReadonlyMap<string, TensorLiteral>;
  readonly code: string;
  readonly outputs?: readonly string[];
  readonly grad?: {
    readonly outputs: readonly string[];
    readonly inputs?: readonly string[];
    readonly gradOutputs?: readonly (TensorLiteral | null)[];
    readonly createGraph: boolean;
    readonly allowUnused: boolean;
  };
  /** In the place of `grad`. */
  readonly derive?: Derivation;
}

/** What is defined before the code begins. */
const PREDEFINED = { torch: 'torch', nn: 'torch.nn', F: 'torch.nn.functional' } as const;
/** The name of the last expression's value, where the code gives none. */
const RESULT = 'output';

/** A value of the code as it is answered: one tensor, or those of a tuple. */
type Answered = Tensor | readonly Tensor[];

function numberTensor(dtype: DType, value: number | bigint): Tensor {
  const kinds = { int64: BigInt64Array, float32: Float32Array, float64: Float64Array, bool: Uint8Array } as const;
  const data = new kinds[dtype as keyof typeof kinds](1);
  data[0] = value as never;
  return fromStorage(storageOf(dtype, data), []);
}

/** Lists within lists that are looked into. */
const MAX_DEPTH = 1000;
/** Tensors of one answered value: a list may hold another one twice, and that one likewise. */
const MAX_PARTS = 100_000;

/**
 * The tensors that a value stands for; undefined where it is something else, such as a list that holds
 * itself.
 *
 * @throws EngineError `budget` where there are more than {@link MAX_PARTS}
 */
function tensorsOf(value: Value): Tensor[] | undefined {
  const out: Tensor[] = [];
  const around = new Set<Value>();
  let steps = 0;
  const collect = (v: Value): boolean => {
    if (++steps > MAX_PARTS) throw new EngineError('budget', `a value of more than ${MAX_PARTS} parts is not answered`);
    if (v instanceof Tensor) out.push(v);
    else if (typeof v === 'boolean') out.push(numberTensor('bool', v ? 1 : 0));
    else if (typeof v === 'number') out.push(numberTensor(DEFAULT_DTYPE, v));
    else if (typeof v === 'bigint') {
      if (BigInt.asIntN(64, v) !== v) return false;
      out.push(numberTensor('int64', v));
    } else {
      if (!(v instanceof PyTuple || v instanceof PyList) || around.has(v) || around.size >= MAX_DEPTH) return false;
      around.add(v);
      if (!v.items.every(collect)) return false;
      around.delete(v);
    }
    return true;
  };
  return collect(value) ? out : undefined;
}

function answered(value: Value | undefined): Answered | undefined {
  if (value === undefined) return undefined;
  const tensors = tensorsOf(value);
  return tensors === undefined || value instanceof PyTuple || value instanceof PyList ? tensors : tensors[0];
}

const listOf = (value: Answered): readonly Tensor[] => (value instanceof Tensor ? [value] : value);

class Evaluation {
  private readonly request: CodeRequest;
  private readonly scope: Scope;
  private readonly program: Program;
  private readonly options: AnswerOptions;
  private readonly interpreter: Interpreter;
  private readonly inputs = new Map<string, Tensor>();
  private readonly known = new Map<string, Value>();
  /** How often each name that is differentiated with respect to was bound to a tensor. */
  private readonly bound = new Map<string, number>();

  /**
   * @param replaced what stands in the place of values when they are bound for the last time, as `first` has
   *   counted it
   */
  constructor(
    request: CodeRequest,
    options: AnswerOptions,
    program: Program,
    scope: Scope,
    replaced?: ReadonlyMap<string, Tensor>,
    first?: Evaluation,
  ) {
    this.request = request;
    this.options = options;
    this.scope = scope;
    this.program = program;
    this.interpreter = new Interpreter(program);
    const { derive } = request;
    const wanted = new Set(namesOf(derive?.wrt ?? []));
    const { interpreter, inputs, bound } = this;
    for (const [name, module] of Object.entries(PREDEFINED)) interpreter.define(name, interpreter.module(module));
    for (const [name, literal] of request.inputs) {
      const tensor = replaced?.get(name) ?? materialize(literal, derive?.kind === 'gradcheck' ? 'float64' : undefined);
      const isArgument =
        derive?.wrt === undefined ? derive !== undefined && isFloating(tensor.dtype) : wanted.has(name);
      inputs.set(name, isArgument ? asArgument(tensor, name) : tensor);
      interpreter.define(name, tensor);
    }
    if (wanted.size === 0) return;
    interpreter.globals.listen((name, tensor) => {
      if (!wanted.has(name) || inputs.has(name) || !isFloating(tensor.dtype)) return;
      bound.set(name, (bound.get(name) ?? 0) + 1);
      const given = replaced?.get(name);
      if (given !== undefined && bound.get(name) === first?.bound.get(name)) setData(tensor, given);
      if (!tensor.requiresGrad) tensor.requiresGrad_();
    });
  }

  forward(): Forward {
    const { request, scope, program } = this;
    const inputs = new Map([...this.inputs].map(([name, tensor]) => [name, program.known(tensor)] as const));
    scope.timing.lap('parse');
    const result = this.run();
    const outputs = this.outputs(result);
    const { grad, derive } = request;
    const roots = grad?.outputs.map((name) => [name, answered(this.known.get(name))] as const) ?? [];
    this.complain(outputs, roots);

    const document = new Document({ program, nodes: program.nodes });
    for (const [name, value] of inputs) document.input(value, name);
    const tensors = [...outputs.values()].flatMap((value) => listOf(value as Answered));
    const values = [...new Set(tensors.map((t) => program.current(t)))].filter((value) => value !== undefined);
    document.nameVersions(values, () => false);
    document.nameLeafGradients();
    const names = document.namesOf(values);
    if (derive !== undefined) return this.derived(derive, document, outputs as ReadonlyMap<string, Answered>, names);
    return {
      document,
      results: tensors,
      inputs: [...this.inputs.values()],
      warned: result.warnings,
      gradient: grad && (() => this.gradient(grad, roots as readonly (readonly [string, Answered])[])),
      write: (writer, gradients, warnings) => {
        writer.document.map().key('outputs');
        writer.tensors(outputs as ReadonlyMap<string, Answered>);
        writer.document.key('grads');
        writer.tensors(gradients);
        if (result.stdout !== '') writer.document.key('stdout').string(result.stdout);
        writer.graph(document, names);
        writer.warnings(warnings);
        writer.document.end();
      },
    };
  }

  /** Runs the code, and notes what its names stand for. */
  private run(): CellResult {
    const { interpreter, request, scope, known } = this;
    const result = interpreter.run(request.code, scope.clock);
    if (result.error !== undefined) this.raise(result);
    for (const [name, value] of interpreter.globals) known.set(name, value);
    if (result.result !== undefined && !known.has(RESULT)) known.set(RESULT, result.result.value);
    return result;
  }

  private sides(outputs: readonly string[]): Sides {
    const { of = outputs, wrt } = this.request.derive as Derivation;
    const floating = [...this.inputs].flatMap(([name, { dtype }]) => (isFloating(dtype) ? [name] : []));
    return {
      of: locate(of, (name) => answered(this.known.get(name)) as Answered),
      wrt: locate(wrt ?? floating, (name) => {
        const tensor = this.inputs.get(name) ?? (this.known.get(name) as Tensor);
        return asArgument(tensor, name);
      }),
    };
  }

  private derived(
    derive: Derivation,
    document: Document,
    outputs: ReadonlyMap<string, Answered>,
    names: readonly string[],
  ): Forward {
    const { request, options, scope } = this;
    // A check is of what is floating, where it does not say of what.
    const floating = [...outputs].flatMap(([name, value]) =>
      listOf(value).every((t) => isFloating(t.dtype)) ? [name] : [],
    );
    const again = (replaced: ReadonlyMap<string, Tensor>): Sides =>
      withRecorder(null, () => {
        const scratch = new Program({ maxNodes: 1 }, { hold: false, deep: false });
        const other = new Evaluation(request, options, scratch, scope, replaced, this);
        other.run();
        return other.sides(floating);
      });
    let answer: DerivationAnswer;
    const shown = request.outputs === undefined && derive.of !== undefined ? namesOf(derive.of) : [...outputs.keys()];
    return {
      document,
      results: shown.flatMap((name) => listOf(outputs.get(name) ?? (answered(this.known.get(name)) as Answered))),
      inputs: [...this.inputs.values()],
      afterwards: () => {
        answer = withHooks(() => runDerivation(derive, { ...this.sides(floating), again }, document, options, scope));
      },
      write: (writer, _, warnings) => {
        if (answer.text !== undefined) {
          writer.instead(answer.text);
          return;
        }
        writer.document.map();
        if (derive.kind !== 'explain' || request.outputs !== undefined) {
          writer.document.key('outputs');
          writer.tensors(shown.map((name) => [name, answered(this.known.get(name)) as Answered] as const));
        }
        answer.write(writer);
        writer.graph(document, names);
        writer.warnings(warnings);
        writer.document.end();
      },
    };
  }

  private gradient(
    grad: NonNullable<CodeRequest['grad']>,
    roots: readonly (readonly [string, Answered])[],
  ): GradientRequest {
    const { tensors, seeds } = this.seeds(roots);
    const { createGraph, allowUnused } = grad;
    return { outputs: tensors, inputs: this.wrt(), gradOutputs: seeds, createGraph, allowUnused };
  }

  private raise({ error, timedOut }: CellResult & { timedOut: boolean }): never {
    if (timedOut) throw new TimeLimit(this.scope.clock.timeLimitMs);
    const { type, message, line } = error as NonNullable<CellResult['error']>;
    throw new CodeError({ type, message, line });
  }

  /** What was asked for; else every tensor, and tuple of them, that the code bound, and its last expression. */
  private outputs(result: CellResult): Map<string, Answered | undefined> {
    const { outputs } = this.request;
    if (outputs !== undefined) return new Map(outputs.map((name) => [name, answered(this.known.get(name))]));
    const found = new Map<string, Answered>();
    for (const name of this.interpreter.globals.bound) {
      const value = this.known.get(name);
      if (name.startsWith('_') || value === undefined || !(value instanceof Tensor || value instanceof PyTuple))
        continue;
      const tensors = answered(value);
      if (tensors !== undefined && listOf(tensors).length > 0) found.set(name, tensors);
    }
    if (result.result !== undefined && this.known.get(RESULT) === result.result.value) {
      const value = answered(result.result.value);
      const shown = result.result.value;
      const named = [...this.interpreter.globals.bound].some((name) => this.known.get(name) === shown);
      if (value !== undefined && !named) found.set(RESULT, value);
    }
    return found;
  }

  /** Refuses names that stand for nothing that can be answered. */
  private complain(outputs: ReadonlyMap<string, unknown>, roots: readonly (readonly [string, unknown])[]): void {
    const complaints: Complaint[] = [];
    const check = (pointer: string, name: string, value: unknown): void => {
      if (value !== undefined) return;
      if (this.known.has(name)) {
        complaints.push({ pointer, detail: `"${name}" is neither a tensor nor a number, nor a tuple of them` });
        return;
      }
      const near = closest(name, [...this.known.keys()]);
      complaints.push({
        pointer,
        detail: `the code defines no "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      });
    };
    for (const [i, name] of (this.request.outputs ?? []).entries()) check(`/outputs/${i}`, name, outputs.get(name));
    for (const [i, [name, value]] of roots.entries()) check(`/grad/outputs/${i}`, name, value);
    this.request.grad?.inputs?.forEach((name, i) => {
      const value = this.known.get(name);
      if (!(value instanceof Tensor)) check(`/grad/inputs/${i}`, name, undefined);
    });
    const { derive } = this.request;
    const { of = [], wrt = [] } = derive ?? {};
    namesOf(of).forEach((name, i) => {
      check(pointerOf('of', of, i), name, answered(this.known.get(name)));
    });
    namesOf(wrt).forEach((name, i) => {
      const value = this.inputs.get(name) ?? this.known.get(name);
      check(pointerOf('wrt', wrt, i), name, value instanceof Tensor ? value : undefined);
    });
    if (complaints.length > 0) throw new JsonError(complaints);
  }

  /** The tensors to differentiate, tuples flattened, each with the gradient that is sent into it. */
  private seeds(roots: readonly (readonly [string, Answered])[]): {
    tensors: Tensor[];
    seeds: (Tensor | null)[] | undefined;
  } {
    const all = roots.flatMap(([, value]) => listOf(value).map((t) => ({ t, single: value instanceof Tensor })));
    // Without a dtype of its own, one is read as float64, and then takes that of what it belongs to.
    const sent = this.request.grad?.gradOutputs?.map((literal) => literal && materialize(literal, 'float64'));
    if (sent !== undefined && sent.length !== all.length) {
      throw new EngineError(
        'shape_mismatch',
        `grad_outputs has ${sent.length} entries for ${all.length} tensors of grad.outputs`,
      );
    }
    const tensors: Tensor[] = [];
    const seeds: (Tensor | null)[] = [];
    all.forEach(({ t, single }, i) => {
      const seed = sent?.[i] ?? null;
      // A member of a tuple takes part where a gradient was sent for it, or could have been implied.
      if (!single && seed === null && (sent !== undefined || !t.requiresGrad)) return;
      tensors.push(t);
      seeds.push(seed === null ? null : cast(seed, t.dtype));
    });
    if (tensors.length === 0) throw new EngineError('no_grad_required', 'none of grad.outputs requires grad');
    return { tensors, seeds: sent === undefined ? undefined : seeds };
  }

  private wrt(): Map<string, Tensor> {
    const asked = this.request.grad?.inputs;
    if (asked !== undefined)
      return new Map(asked.map((name) => [name, this.inputs.get(name) ?? (this.known.get(name) as Tensor)]));
    const found = new Map<string, Tensor>();
    for (const [name, tensor] of this.inputs) if (tensor.requiresGrad) found.set(name, tensor);
    for (const [name, value] of this.known) {
      if (value instanceof Tensor && value.requiresGrad && value.isLeaf && ![...found.values()].includes(value))
        found.set(name, value);
    }
    if (found.size === 0)
      throw new EngineError('no_grad_required', 'no leaf requires grad: send an input with "requires_grad": true');
    return found;
  }
}

/**
 * Runs the code with its inputs defined, and answers as an evaluation of a graph is answered. What it
 * will do nobody knows before: it is run by workers alone.
 *
 * @throws CodeError where the code raises; JsonError for names that it does not define; EngineError; TimeLimit
 */
export function runCode(request: CodeRequest, options: AnswerOptions, scope: Scope): Answer {
  const { maxElements, maxNodes } = scope.limits;
  const deep = options.graphScope === 'both';
  const hold = deep || options.graphValues === 'all' || options.anomaly || request.derive?.kind === 'explain';
  const program = new Program({ maxNodes, traces: options.graphScope !== 'none' }, { hold, deep });
  return scope.within(collectedMemory(maxElements), () =>
    compute(scope, options, program, () => new Evaluation(request, options, program, scope).forward()),
  );
}
