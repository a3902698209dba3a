/** One interpreter with its names, its settings and its program: what a workspace, or a request's code, runs in. */
import { type CellResult, CellSession } from '../cells/cell.ts';
import { workspaceModules } from '../cells/modules.ts';
import { PyError } from '../cells/runtime/errors.ts';
import type { ModuleTable } from '../cells/runtime/tensor-protocol.ts';
import type { Value } from '../cells/runtime/values.ts';
import { TorchState, withState } from '../cells/torch/index.ts';
import type { Program } from '../graph/program.ts';
import { Tensor } from '../tensor/tensor.ts';
import { CELL_LIMITS, CellStop } from './cell-limits.ts';
import type { Clock } from './clock.ts';
import { CodeError } from './failures.ts';
import { Globals, parametersOf } from './globals.ts';

const MESSAGES = {
  interrupt: ['KeyboardInterrupt', ''],
  memory: ['MemoryError', 'the memory of this service is nearly full'],
} as const;

/** Hooks of a client's code, which a pass calls outside of a cell, may raise: then that is refused. */
export function withHooks<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof PyError)) throw error;
    throw new CodeError({ type: error.type, message: error.message, line: error.line });
  }
}

export class Interpreter {
  readonly globals = new Globals();
  readonly program: Program;
  private readonly state = new TorchState();
  private readonly modules: ModuleTable;
  private readonly session: CellSession;
  private clock: Clock | undefined;

  constructor(program: Program) {
    this.program = program;
    this.globals.listen((name, tensor) => program.name(name, tensor));
    const limits = { ...CELL_LIMITS, tick: () => this.clock?.check() };
    this.modules = workspaceModules(this.state);
    this.session = new CellSession(limits, this.globals, this.modules);
  }

  /** Runs code under its own settings: random state, default dtype, whether gradients are recorded. */
  run(code: string, clock: Clock): CellResult & { readonly timedOut: boolean } {
    this.globals.bound.clear();
    this.clock = clock;
    try {
      clock.check();
      const result = withState(this.state, () => this.session.run(code));
      return { ...result, timedOut: false };
    } catch (error) {
      if (!(error instanceof CellStop)) throw error;
      const timedOut = error.reason === 'time';
      const [type, message] =
        error.reason === 'time'
          ? ['TimeoutError', `the cell ran longer than ${clock.timeLimitMs} ms`]
          : MESSAGES[error.reason];
      const { line } = this.session.interpreter;
      return { ...this.session.said(), error: { type, message, line: line > 0 ? line : undefined }, timedOut };
    } finally {
      this.clock = undefined;
      this.nameTensors();
    }
  }

  /** Has what a client left behind in a graph, as hooks, run as in a cell. */
  during<T>(clock: Clock, body: () => T): T {
    this.clock = clock;
    try {
      return withHooks(() => withState(this.state, body));
    } finally {
      this.clock = undefined;
    }
  }

  /** What a client has put here: values under names, and what modules keep for it. */
  *held(): Generator<unknown> {
    yield* this.globals.values();
    yield this.session.interpreter.parts;
  }

  /** All that lives on from cell to cell hangs on these. */
  roots(): unknown[] {
    return [this.globals, this.state, this.modules, this.session.interpreter];
  }

  /** Names what no variable was bound to: parameters after their modules, gradients after what they belong to. */
  private nameTensors(): void {
    for (const [name, tensor] of parametersOf(this.globals)) {
      this.program.nameKnown(name, tensor);
      if (tensor.grad !== null) this.program.nameKnown(`d_${name}`, tensor.grad);
    }
    for (const [name, value] of this.globals) {
      if (value instanceof Tensor && value.grad !== null) this.program.nameKnown(`d_${name}`, value.grad);
    }
  }

  define(name: string, value: Value): void {
    this.globals.set(name, value);
  }

  /** A module under the name that it is imported by. */
  module(name: string): Value {
    const found = this.modules.import(name);
    if (found === undefined) throw new Error(`there is no module ${name}`);
    return found;
  }
}
