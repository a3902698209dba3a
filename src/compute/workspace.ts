/** A workspace, where its tensors live: runs cells, tells what it holds, gives and takes tensors. */
import { type AnswerOptions, AnswerWriter } from '../answer/answer.ts';
import type { Value } from '../cells/runtime/values.ts';
import { PyObject } from '../cells/runtime/values.ts';
import { writeNpy } from '../codec/npy/npy.ts';
import { writeSafetensors } from '../codec/safetensors/safetensors.ts';
import { closest } from '../graph/closest.ts';
import { EngineError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import { outputAnomaly } from './anomaly.ts';
import { graphOf, historyOf } from './cell-graph.ts';
import { CellBudget, MAX_NAMES, type Watch } from './cell-limits.ts';
import { NoSuchName } from './failures.ts';
import { type Holdings, holdingsOf } from './globals.ts';
import { Interpreter } from './interpreter.ts';
import type { JobResult, PutJob, WorkspaceJob } from './jobs.ts';
import type { Limits } from './limits.ts';
import { tensorToPut } from './put-tensor.ts';
import { type CellValue, Recording } from './recording.ts';
import type { Timing } from './timing.ts';

/** Calls that a workspace remembers, and elements of constants among their arguments. */
const MAX_HISTORY = 4000;
const MAX_CONSTANTS = 2 ** 20;
/** Objects, tensors aside, that a workspace holds. */
const MAX_OBJECTS = 2_000_000;
/** A larger result is shown, and fetched by its name. */
const MAX_SHOWN = 2 ** 20;

export const kindOf = (value: Value): string => {
  if (value === null) return 'NoneType';
  if (value instanceof Tensor) return 'Tensor';
  if (value instanceof PyObject) return value.type;
  const kinds: Record<string, string> = { boolean: 'bool', bigint: 'int', number: 'float', string: 'str' };
  return kinds[typeof value];
};

export class Workspace {
  private readonly recording: Recording;
  private readonly interpreter: Interpreter;
  private readonly limits: Limits;
  private executions = 0;
  private holdings: Holdings;

  constructor(limits: Limits) {
    this.limits = limits;
    this.recording = new Recording({ maxNodes: Math.min(limits.maxNodes, 20_000) });
    this.interpreter = new Interpreter(this.recording);
    this.holdings = holdingsOf([], 0);
  }

  /** `timing` is told what a cell's own computing took; what follows is writing. */
  do(job: WorkspaceJob, watch: Watch, timing: Timing): JobResult {
    const result = this.carryOut(job, watch, timing);
    timing.lap('write');
    return result;
  }

  private carryOut(job: WorkspaceJob, watch: Watch, timing: Timing): JobResult {
    switch (job.kind) {
      case 'cell':
        return this.cell(job.code, job.options, watch, timing);
      case 'describe':
        return this.describe();
      case 'graph':
        return this.graph(job.of, job.options, watch);
      case 'tensors':
        return this.tensors(job.form);
      case 'get':
        return this.get(job, watch);
      case 'put':
        return this.put(job);
    }
  }

  private result(body: string | Uint8Array, elements = 0): JobResult {
    return { body, elements, held: this.holdings.elements + this.recording.size, executions: this.executions };
  }

  /** What is written where the rest of its document is known. */
  private said(value: unknown, elements = 0): JobResult {
    return { ...this.result('', elements), value };
  }

  private cell(code: string, options: AnswerOptions, watch: Watch, timing: Timing): JobResult {
    const { globals } = this.interpreter;
    const before = new Map(globals);
    this.executions++;
    const budget = new CellBudget(this.limits.maxElements - this.holdings.elements, watch.check);
    const both = options.graphScope === 'both';
    const run = this.interpreter.run(code, budget, watch, { hold: both, deep: both });
    const over = this.checkHoldings(before);
    timing.lap('forward');
    const error = run.error ?? over;
    const shown = error === undefined ? run.result : undefined;

    // What there is to say is said in any case: the time limit is the cell's own.
    const writer = new AnswerWriter(options, () => {});
    const { document } = writer;
    document.map().key('execution_count').number(this.executions).key('stdout').string(run.stdout);
    if (shown !== undefined) {
      document.key('result').map().key('repr').string(shown.repr);
      if (shown.value instanceof Tensor && shown.value.numel <= MAX_SHOWN) {
        document.key('tensor');
        writer.tensor(shown.value);
      }
      document.end();
    }
    if (error !== undefined) document.key('error').value(error);
    this.writeCellGraph(writer, options, shown?.value);
    document.end();
    const answer = writer.finish([]);
    this.recording.forget(MAX_HISTORY);
    this.recording.release(MAX_CONSTANTS);
    return this.result(answer.body, answer.elements);
  }

  /** Where the workspace holds too much now, what the cell bound is let go again. */
  private checkHoldings(before: ReadonlyMap<string, Value>): { type: string; message: string } | undefined {
    const { globals } = this.interpreter;
    this.holdings = holdingsOf(globals.values(), MAX_OBJECTS);
    const over = (): string | undefined => {
      if (globals.size > MAX_NAMES) return `a workspace holds at most ${MAX_NAMES} names`;
      if (this.holdings.elements > this.limits.maxElements)
        return `a workspace holds at most ${this.limits.maxElements} elements`;
      if (this.holdings.objects > MAX_OBJECTS) return `a workspace holds at most ${MAX_OBJECTS} objects`;
      return undefined;
    };
    const message = over();
    if (message === undefined) return undefined;
    for (const name of [...globals.bound]) {
      const old = before.get(name);
      if (old === undefined) globals.delete(name);
      else globals.set(name, old);
    }
    this.holdings = holdingsOf(globals.values(), MAX_OBJECTS);
    return { type: 'MemoryError', message: `${message}; what this cell bound was let go` };
  }

  /** Finds, for a value, the tensor that it is now. */
  private live(): (value: CellValue) => Tensor | undefined {
    const now = new Map<CellValue, Tensor>();
    for (const tensor of this.holdings.tensors) {
      const value = this.recording.valueOf(tensor);
      if (value !== undefined) now.set(value, tensor);
    }
    return (value) => now.get(value);
  }

  private writeCellGraph(writer: AnswerWriter, options: AnswerOptions, shown: Value | undefined): void {
    const { recording, interpreter } = this;
    const nodes = recording.cellNodes();
    const made = new Set(nodes.flatMap((node) => node.outputs));
    const outputs = new Set<CellValue>();
    for (const value of [...[...interpreter.globals.bound].map((name) => interpreter.globals.get(name)), shown]) {
      const version = value instanceof Tensor ? recording.valueOf(value) : undefined;
      if (version !== undefined && made.has(version)) outputs.add(version);
    }
    const both = options.graphScope === 'both';
    const graph = graphOf(
      {
        nodes,
        outputs: [...outputs],
        live: this.live(),
        isInput: (value) => value.cell < recording.cell && value.name !== null,
        passes: both ? recording.passes : undefined,
      },
      both,
    );
    writer.graph(graph.trace, graph.inputs, graph.outputs);
    if (!options.anomaly) return;
    const warning = outputAnomaly(graph.trace);
    writer.warnings(warning === undefined ? [] : [warning]);
  }

  private graph(of: string, options: AnswerOptions, watch: Watch): JobResult {
    const value = this.recording.valueOf(this.tensor(of));
    if (value === undefined) throw new Error(`${of} is in no recording`);
    const nodes = historyOf(value, this.recording.nodes);
    const graph = graphOf({ nodes, outputs: [value], live: this.live(), isInput: () => false });
    const writer = new AnswerWriter({ ...options, graphScope: 'forward' }, watch.check);
    writer.graphDocument(graph.trace, graph.inputs, graph.outputs);
    return this.result(writer.finish([]).body);
  }

  private describe(): JobResult {
    const names = new Map<string, unknown>();
    for (const [name, value] of this.interpreter.globals) {
      const kind = kindOf(value);
      names.set(
        name,
        value instanceof Tensor
          ? { kind, dtype: value.dtype, shape: value.shape, requires_grad: value.requiresGrad }
          : { kind },
      );
    }
    return this.said({ execution_count: this.executions, elements: this.holdings.elements, names });
  }

  private *named(): Generator<[string, Tensor]> {
    for (const [name, value] of this.interpreter.globals) if (value instanceof Tensor) yield [name, value];
  }

  private tensors(form: 'json' | 'safetensors'): JobResult {
    if (form === 'safetensors') return this.result(writeSafetensors(this.named()));
    const tensors = new Map<string, unknown>();
    for (const [name, t] of this.named()) {
      tensors.set(name, {
        dtype: t.dtype,
        shape: t.shape,
        requires_grad: t.requiresGrad,
        is_leaf: t.isLeaf,
        has_grad: t.grad !== null,
      });
    }
    return this.said({ tensors });
  }

  private tensor(name: string): Tensor {
    const value = this.interpreter.globals.get(name);
    if (value instanceof Tensor) return value;
    if (value !== undefined) throw new NoSuchName(`"${name}" is no tensor, but of the type ${kindOf(value)}`);
    const near = closest(
      name,
      [...this.named()].map(([other]) => other),
    );
    throw new NoSuchName(`no tensor is called "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`, near);
  }

  private get({ name, form, options }: Extract<WorkspaceJob, { kind: 'get' }>, watch: Watch): JobResult {
    const t = this.tensor(name);
    if (form === 'npy') return this.result(writeNpy(t), t.numel);
    if (form === 'safetensors') {
      const parts: [string, Tensor][] = [[name, t]];
      if (t.grad !== null) parts.push([`${name}.grad`, t.grad]);
      return this.result(writeSafetensors(parts), t.numel);
    }
    const writer = new AnswerWriter(options, watch.check);
    const { document } = writer;
    document.map().key('dtype').string(t.dtype).key('shape').shape(t);
    document.key('requires_grad').boolean(t.requiresGrad).key('is_leaf').boolean(t.isLeaf);
    if (t.gradFn !== null) document.key('grad_fn').string(t.gradFn.name);
    document.content(t, options.tensorFormat);
    if (t.grad !== null) {
      document.key('grad');
      writer.tensor(t.grad);
    }
    document.end();
    const answer = writer.finish([]);
    return this.result(answer.body, answer.elements);
  }

  private put(job: PutJob): JobResult {
    const { name } = job;
    const { globals } = this.interpreter;
    if (globals.size >= MAX_NAMES && !globals.has(name))
      throw new EngineError('budget', `a workspace holds at most ${MAX_NAMES} names`);
    const tensor = tensorToPut(job, (elements) => {
      if (this.holdings.elements + elements <= this.limits.maxElements) return;
      throw new EngineError(
        'budget',
        `a workspace holds at most ${this.limits.maxElements} elements, this one has ${this.holdings.elements} and ${elements} more came`,
      );
    });
    this.recording.begin();
    globals.set(name, tensor);
    this.holdings = holdingsOf(globals.values(), MAX_OBJECTS);
    const { dtype, shape, requiresGrad } = tensor;
    return this.said({ name, dtype, shape, requires_grad: requiresGrad }, tensor.numel);
  }
}
