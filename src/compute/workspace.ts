/** A workspace, where its tensors live: runs cells, tells what it holds, gives and takes tensors. */

import { type AnswerOptions, AnswerWriter } from '../answer/answer.ts';
import { withRecorder } from '../autograd/recorder.ts';
import { isComplexTensor } from '../cells/complex/value.ts';
import type { Value } from '../cells/runtime/values.ts';
import { PyObject } from '../cells/runtime/values.ts';
import { jsonError } from '../codec/json/json-error.ts';
import type { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { writeNpy } from '../codec/npy/npy.ts';
import { unpack } from '../codec/parcel.ts';
import { writeSafetensors } from '../codec/safetensors/safetensors.ts';
import { Document, historyOf } from '../graph/document.ts';
import { type Keeping, Program } from '../graph/program.ts';
import type { Value as Version } from '../graph/value.ts';
import { closest } from '../ops/closest.ts';
import { isFloating } from '../tensor/dtype.ts';
import { EngineError } from '../tensor/errors.ts';
import { Tensor } from '../tensor/tensor.ts';
import { MAX_NAMES } from './cell-limits.ts';
import { compute, type Forward } from './computation.ts';
import { asArgument, locate, type Names, namesOf, pointerOf, type Sides } from './derivable.ts';
import { runDerivation } from './derivative.ts';
import { NoSuchName } from './failures.ts';
import { parametersOf } from './globals.ts';
import { Interpreter } from './interpreter.ts';
import type { JobResult, PutJob, WorkspaceJob } from './jobs.ts';
import type { Limits } from './limits.ts';
import { HeapGrowth } from './memory.ts';
import { drawDocument } from './picture/draw.ts';
import { subjectOf } from './picture/stored.ts';
import { tensorToPut } from './put-tensor.ts';
import type { Scope } from './scope.ts';
import { holdingsOf } from './trace.ts';
import { WorkspaceMemory } from './workspace-memory.ts';

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
  // Its elements have no form on the wire.
  if (isComplexTensor(value)) return 'complex Tensor';
  if (value instanceof PyObject) return value.type;
  const kinds: Record<string, string> = { boolean: 'bool', bigint: 'int', number: 'float', string: 'str' };
  return kinds[typeof value];
};

/** Of the program of a cell that nobody wants more of than what is small. */
const LITTLE: Keeping = { hold: false, deep: false };

/** The document that is drawn. */
const DRAWN: AnswerOptions = { tensorFormat: 'nested', graphValues: 'small', graphScope: 'forward', anomaly: false };

export class Workspace {
  private readonly program: Program;
  private readonly interpreter: Interpreter;
  private readonly memory: WorkspaceMemory;
  private readonly heap = new HeapGrowth();
  private executions = 0;

  constructor(limits: Limits, memory = new WorkspaceMemory(limits.maxElements)) {
    this.memory = memory;
    this.program = new Program({ maxNodes: Math.min(limits.maxNodes, 20_000) }, LITTLE);
    this.interpreter = new Interpreter(this.program);
  }

  /** `scope` is told what a cell's own computing took; what follows is writing. */
  do(job: WorkspaceJob, scope: Scope): JobResult {
    const result = scope.within(this.memory, () => this.carryOut(job, scope));
    this.memory.reclaim(this.roots());
    scope.timing.lap('write');
    return { ...result, held: this.memory.elements };
  }

  /** To be called when nobody asks for it any more. */
  end(): void {
    this.memory.end();
  }

  private *roots(): Generator<unknown> {
    yield* this.interpreter.roots();
    yield* this.program.values();
  }

  private carryOut(job: WorkspaceJob, scope: Scope): JobResult {
    switch (job.kind) {
      case 'cell':
        return this.cell(job.code, job.options, scope);
      case 'describe':
        return this.describe();
      case 'graph':
        return this.graph(job.of, job.options, scope);
      case 'picture':
        return this.picture(job, scope);
      case 'explain':
        return this.explain(job, scope);
      case 'tensors':
        return this.tensors(job.form);
      case 'get':
        return this.get(job, scope);
      case 'put':
        return this.put(job, scope);
    }
  }

  private result(body: string | Uint8Array, elements = 0): JobResult {
    return { body, elements, executions: this.executions };
  }

  /** What is written where the rest of its document is known. */
  private said(value: unknown, elements = 0): JobResult {
    return { ...this.result('', elements), value };
  }

  private cell(code: string, options: AnswerOptions, scope: Scope): JobResult {
    const { program } = this;
    this.executions++;
    const both = options.graphScope === 'both';
    program.begin({ hold: both, deep: both });
    const answer = compute(scope, options, program, () => this.runCell(code, scope));
    // What survives the cell is what its names hold on to.
    program.forget(MAX_HISTORY);
    program.release(MAX_CONSTANTS);
    return this.result(answer.body, answer.elements);
  }

  private runCell(code: string, scope: Scope): Forward {
    const run = this.interpreter.run(code, scope.clock);
    // Also what a cell that failed has bound stays.
    const over = this.checkHoldings();
    const error = run.error ?? over;
    const shown = error === undefined ? run.result : undefined;
    const { document, outputs } = this.cellDocument(shown?.value);
    return {
      document,
      results: [],
      inputs: [],
      // What there is to say is said in any case: the time limit is the cell's own.
      untimed: true,
      write: (writer, _, warnings) => {
        const answer = writer.document;
        answer.map().key('execution_count').number(this.executions).key('stdout').string(run.stdout);
        if (run.stderr !== '') answer.key('stderr').string(run.stderr);
        if (shown !== undefined) {
          answer.key('result').map().key('repr').string(shown.repr);
          if (shown.value instanceof Tensor && shown.value.numel <= MAX_SHOWN) {
            answer.key('tensor');
            writer.tensor(shown.value);
          }
          answer.end();
        }
        if (run.displays.length > 0) answer.key('displays').value(run.displays);
        if (error !== undefined) answer.key('error').value(error);
        writer.graph(document, outputs);
        writer.warnings(warnings);
        answer.end();
      },
    };
  }

  /** Where the workspace holds too much now, what the cell bound is let go again. */
  private checkHoldings(): { type: string; message: string } | undefined {
    const { globals } = this.interpreter;
    const over = (): string | undefined => {
      if (globals.size > MAX_NAMES) return `a workspace holds at most ${MAX_NAMES} names`;
      if (this.heap.hasGrown() && holdingsOf(this.interpreter.held(), MAX_OBJECTS).objects > MAX_OBJECTS)
        return `a workspace holds at most ${MAX_OBJECTS} objects`;
      return undefined;
    };
    const message = over();
    if (message === undefined) return undefined;
    // What the names stood for before is not kept meanwhile: it would be alive as long as the cell runs.
    for (const name of [...globals.bound]) globals.delete(name);
    return { type: 'MemoryError', message: `${message}; what this cell bound was let go` };
  }

  /** Finds, for a value, the tensor that a name stands for now. */
  private live(): (value: Version) => Tensor | undefined {
    const now = new Map<object, Tensor>();
    const note = (tensor: Tensor): void => {
      if (tensor.recorded !== null && !this.program.isBehind(tensor)) now.set(tensor.recorded, tensor);
    };
    for (const [, tensor] of this.named()) note(tensor);
    for (const [, tensor] of parametersOf(this.interpreter.globals)) note(tensor);
    return (value) => now.get(value);
  }

  /** What the cell recorded, with the values that its names, and what it showed, stand for. */
  private cellDocument(shown: Value | undefined): { document: Document; outputs: string[] } {
    const { program, interpreter } = this;
    // What was written to through other tensors has its next version in the cell that wrote.
    for (const [, tensor] of this.named()) program.current(tensor);
    for (const [, tensor] of parametersOf(interpreter.globals)) program.current(tensor);
    const nodes = program.partNodes();
    const made = new Set(nodes.flatMap((node) => node.outputs));
    const outputs = new Set<Version>();
    for (const value of [...[...interpreter.globals.bound].map((name) => interpreter.globals.get(name)), shown]) {
      const version = value instanceof Tensor ? program.valueOf(value) : undefined;
      if (version !== undefined && made.has(version)) outputs.add(version);
    }
    const document = new Document({ program, nodes, live: this.live() });
    document.nameVersions([...outputs], (value) => value.part < program.part && value.name !== null);
    document.nameLeafGradients();
    return { document, outputs: document.namesOf(outputs) };
  }

  private graph(of: string, options: AnswerOptions, { clock }: Scope): JobResult {
    const { program } = this;
    const value = program.known(this.tensor(of));
    const document = new Document({ program, nodes: historyOf(value, program.nodes), live: this.live() });
    document.nameVersions([value], () => false);
    document.nameLeafGradients();
    const writer = new AnswerWriter({ ...options, graphScope: 'forward' }, clock.check);
    writer.graphDocument(document, document.namesOf([value]));
    return this.result(writer.finish([]).body);
  }

  /** The same graph, drawn. */
  private picture({ of, format, options }: Extract<WorkspaceJob, { kind: 'picture' }>, scope: Scope): JobResult {
    const subject = subjectOf(this.graph(of, DRAWN, scope).body);
    return this.result(drawDocument(subject, format, options, scope.clock).body);
  }

  /** Derives a gradient of what is there, by the graph that it still has; nothing of the workspace changes. */
  private explain(job: Extract<WorkspaceJob, { kind: 'explain' }>, scope: Scope): JobResult {
    const { program, interpreter } = this;
    const { of, wrt, v } = unpack(job.parcel) as { of: string; wrt: Names; v?: TensorLiteral };
    const { graphScope } = job.options;
    const { check } = scope.clock;
    const root = this.asked(of, '/of');
    const inputs = namesOf(wrt).map((name, i) => {
      const t = this.asked(name, pointerOf('wrt', wrt, i));
      if (!isFloating(t.dtype)) asArgument(t, name);
      if (t.requiresGrad) return t;
      throw new EngineError(
        'no_grad_required',
        `"${name}" does not require grad, so that its part in "${of}" was not recorded`,
      );
    });
    program.begin(LITTLE);
    const value = program.known(root);
    const document = new Document({ program, nodes: historyOf(value, program.nodes), live: this.live() });
    document.nameVersions([value, ...inputs.map((t) => program.known(t))], () => false);
    document.nameLeafGradients();
    const names = document.namesOf([value]);
    const sides: Sides = {
      of: locate(of, () => root),
      wrt: { names: namesOf(wrt), values: inputs, single: typeof wrt === 'string' },
    };
    const request = { kind: 'explain', of, wrt, v, settings: job.settings, form: job.form } as const;
    const values = { ...sides, again: () => sides };
    const answer = withRecorder(null, () =>
      interpreter.during(scope.clock, () => runDerivation(request, values, document, job.options, scope)),
    );
    const writer = new AnswerWriter(job.options, check);
    if (answer.text !== undefined) writer.instead(answer.text);
    else {
      writer.document.map();
      answer.write(writer);
      if (graphScope !== 'none') writer.graph(document, names);
      writer.document.end();
    }
    const written = writer.finish(inputs);
    program.release(MAX_CONSTANTS);
    return this.result(written.body, written.elements);
  }

  /** A tensor that a body names. */
  private asked(name: string, pointer: string): Tensor {
    try {
      return this.tensor(name);
    } catch (error) {
      throw error instanceof NoSuchName ? jsonError(pointer, error.message) : error;
    }
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
    const { elements } = holdingsOf(this.interpreter.held(), MAX_OBJECTS);
    return this.said({ execution_count: this.executions, elements, names });
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

  private get({ name, form, options }: Extract<WorkspaceJob, { kind: 'get' }>, { clock }: Scope): JobResult {
    const t = this.tensor(name);
    if (form === 'npy') return this.result(writeNpy(t), t.numel);
    if (form === 'safetensors') {
      const parts: [string, Tensor][] = [[name, t]];
      if (t.grad !== null) parts.push([`${name}.grad`, t.grad]);
      return this.result(writeSafetensors(parts), t.numel);
    }
    const writer = new AnswerWriter(options, clock.check);
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

  private put(job: PutJob, scope: Scope): JobResult {
    const { name } = job;
    const { globals } = this.interpreter;
    if (globals.size >= MAX_NAMES && !globals.has(name))
      throw new EngineError('budget', `a workspace holds at most ${MAX_NAMES} names`);
    const tensor = tensorToPut(job, (elements) => this.memory.check(elements), scope.clock.check);
    this.program.begin(LITTLE);
    globals.set(name, tensor);
    const { dtype, shape, requiresGrad } = tensor;
    return this.said({ name, dtype, shape, requires_grad: requiresGrad }, tensor.numel);
  }
}
