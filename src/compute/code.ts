/** The `code` of `POST /v1/evaluate`: run once, in an interpreter of its own. */

import type { Absent, Answer, AnswerOptions, Warning } from '../answer/answer.ts';
import type { CellResult } from '../cells/cell.ts';
import { PyList, PyTuple, type Value } from '../cells/runtime/values.ts';
import { type Complaint, JsonError } from '../codec/json/json-error.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { closest } from '../graph/closest.ts';
import { materialise } from '../graph/materialise.ts';
import { cast } from '../kernels/copy.ts';
import { deferring } from '../kernels/deferred.ts';
import { withPulse } from '../kernels/pulse.ts';
import { withArena } from '../tensor/arena.ts';
import { DEFAULT_DTYPE, type DType } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { storageOf, withAllocator } from '../tensor/storage.ts';
import { fromStorage, Tensor } from '../tensor/tensor.ts';
import { outputAnomaly } from './anomaly.ts';
import { answerOf } from './answer.ts';
import { graphOf } from './cell-graph.ts';
import { CellBudget } from './cell-limits.ts';
import { CodeError } from './failures.ts';
import { differentiate } from './gradients.ts';
import { Interpreter } from './interpreter.ts';
import { TimeLimit } from './limits.ts';
import { type CellValue, type Keeping, Recording } from './recording.ts';
import type { Run } from './scope.ts';
import { settle } from './timing.ts';

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
  private readonly options: AnswerOptions;
  private readonly run: Run;
  private readonly recording: Recording;
  private readonly interpreter: Interpreter;
  private readonly inputs = new Map<string, Tensor>();
  private readonly known = new Map<string, Value>();
  private readonly keeping: Keeping;

  constructor(request: CodeRequest, options: AnswerOptions, run: Run) {
    const { maxNodes } = run.limits;
    this.request = request;
    this.options = options;
    this.run = run;
    this.keeping = { hold: true, deep: options.graphScope === 'both' };
    this.recording = new Recording({
      maxNodes,
      onFull: () => {
        throw new EngineError('budget', `the code calls more than ${maxNodes} ops`);
      },
    });
    this.interpreter = new Interpreter(this.recording);
  }

  carryOut(budget: CellBudget): Answer {
    const { interpreter, request, run } = this;
    this.recording.begin(this.keeping);
    for (const [name, module] of Object.entries(PREDEFINED)) interpreter.define(name, interpreter.module(module));
    const fixed = new Map<CellValue, string>();
    for (const [name, literal] of request.inputs) {
      const tensor = withAllocator(budget, () => materialise(literal));
      this.inputs.set(name, tensor);
      interpreter.define(name, tensor);
      fixed.set(this.recording.valueOf(tensor) as CellValue, name);
    }
    run.timing.lap('parse');
    const result = interpreter.run(request.code, budget, run.clock, this.keeping);
    if (result.error !== undefined) this.raise(result);
    return withAllocator(budget, () => this.answer(result, fixed));
  }

  private raise({ error, timedOut }: CellResult & { timedOut: boolean }): never {
    if (timedOut) throw new TimeLimit(this.run.clock.timeLimitMs);
    const { type, message, line } = error as NonNullable<CellResult['error']>;
    throw new CodeError({ type, message, line });
  }

  private answer(result: CellResult, fixed: ReadonlyMap<CellValue, string>): Answer {
    const { clock, timing } = this.run;
    const { globals } = this.interpreter;
    for (const [name, value] of globals) this.known.set(name, value);
    if (result.result !== undefined && !this.known.has(RESULT)) this.known.set(RESULT, result.result.value);
    const outputs = this.outputs(result);
    const roots = this.request.grad?.outputs.map((name) => [name, answered(this.known.get(name))] as const) ?? [];
    this.complain(outputs, roots);

    const values = new Set<CellValue>();
    for (const value of outputs.values()) {
      for (const t of listOf(value as Answered)) {
        const version = this.recording.valueOf(t);
        if (version !== undefined) values.add(version);
      }
    }
    const {
      trace,
      inputs,
      outputs: names,
    } = graphOf(
      {
        nodes: this.recording.nodes,
        outputs: [...values],
        live: (value) => value.stand ?? undefined,
        isInput: () => false,
        fixed,
        passes: this.recording.deep ? this.recording.passes : undefined,
      },
      true,
    );
    const warnings: Warning[] = [];
    if (this.options.anomaly) {
      const warning = outputAnomaly(trace);
      if (warning !== undefined) warnings.push(warning);
    }
    timing.lap('forward');
    let grads = new Map<string, Tensor | Absent>();
    if (this.request.grad !== undefined) {
      const { tensors, seeds } = this.seeds(roots as readonly (readonly [string, Answered])[]);
      const found = differentiate(
        trace,
        {
          outputs: tensors,
          inputs: this.wrt(),
          gradOutputs: seeds,
          createGraph: this.request.grad.createGraph,
          allowUnused: this.request.grad.allowUnused,
        },
        { recordBackward: this.options.graphScope === 'both', anomaly: this.options.anomaly, tick: clock.tick },
      );
      grads = found.grads;
      if (found.warning !== undefined) warnings.push(found.warning);
    }

    for (const value of outputs.values()) settle(listOf(value as Answered));
    settle(grads.values());
    timing.lap('backward');
    const writer = answerOf(this.options, this.run);
    const { document } = writer;
    document.map().key('outputs');
    writer.tensors(outputs as ReadonlyMap<string, Answered>);
    document.key('grads');
    writer.tensors(grads);
    if (result.stdout !== '') document.key('stdout').string(result.stdout);
    writer.graph(trace, inputs, names);
    writer.warnings(warnings);
    document.end();
    const answer = writer.finish([...this.inputs.values()]);
    timing.lap('write');
    return answer;
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
    if (complaints.length > 0) throw new JsonError(complaints);
  }

  /** The tensors to differentiate, tuples flattened, each with the gradient that is sent into it. */
  private seeds(roots: readonly (readonly [string, Answered])[]): {
    tensors: Tensor[];
    seeds: (Tensor | null)[] | undefined;
  } {
    const all = roots.flatMap(([, value]) => listOf(value).map((t) => ({ t, single: value instanceof Tensor })));
    // Without a dtype of its own, one is read as float64, and then takes that of what it belongs to.
    const sent = this.request.grad?.gradOutputs?.map((literal) => literal && materialise(literal, 'float64'));
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
export function runCode(request: CodeRequest, options: AnswerOptions, run: Run): Answer {
  const { limits, clock } = run;
  return withArena((arena) => {
    const budget = new CellBudget(limits.maxElements, clock.check, arena);
    return deferring(() => withPulse(clock.check, () => new Evaluation(request, options, run).carryOut(budget)));
  });
}
