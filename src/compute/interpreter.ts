/** One interpreter with its names, its settings and its recording: what a workspace, or a request's code, runs in. */
import { withRecorder } from '../autograd/recorder.ts';
import { type CellResult, CellSession } from '../cells/cell.ts';
import type { ModuleTable } from '../cells/runtime/tensor-protocol.ts';
import type { Value } from '../cells/runtime/values.ts';
import { TorchState, torchModules, withState } from '../cells/torch/index.ts';
import { withAllocator } from '../tensor/storage.ts';
import { Tensor } from '../tensor/tensor.ts';
import { CELL_LIMITS, type CellBudget, CellStop } from './cell-limits.ts';
import { Globals, parametersOf } from './globals.ts';
import type { Keeping, Recording } from './recording.ts';
import type { Clock } from './scope.ts';

const MESSAGES = {
  interrupt: ['KeyboardInterrupt', ''],
  memory: ['MemoryError', 'the memory of this service is nearly full'],
} as const;

export class Interpreter {
  readonly globals = new Globals();
  readonly recording: Recording;
  private readonly state = new TorchState();
  private readonly modules: ModuleTable;
  private readonly session: CellSession;
  private watch: Clock | undefined;

  constructor(recording: Recording) {
    this.recording = recording;
    this.globals.listen((name, tensor) => recording.bind(name, tensor));
    const limits = { ...CELL_LIMITS, tick: () => this.watch?.check() };
    this.modules = torchModules(this.state);
    this.session = new CellSession(limits, this.globals, this.modules);
  }

  /** Runs code under the workspace's own settings; tensors come from `budget`. */
  run(code: string, budget: CellBudget, watch: Clock, keeping?: Keeping): CellResult & { readonly timedOut: boolean } {
    this.recording.begin(keeping);
    this.globals.bound.clear();
    this.watch = watch;
    try {
      watch.check();
      const result = withState(this.state, () =>
        withAllocator(budget, () => withRecorder(this.recording, () => this.session.run(code))),
      );
      return { ...result, timedOut: false };
    } catch (error) {
      if (!(error instanceof CellStop)) throw error;
      const timedOut = error.reason === 'time';
      const [type, message] =
        error.reason === 'time'
          ? ['TimeoutError', `the cell ran longer than ${watch.timeLimitMs} ms`]
          : MESSAGES[error.reason];
      const { output, line } = this.session.interpreter;
      return { stdout: output, error: { type, message, line: line > 0 ? line : undefined }, timedOut };
    } finally {
      this.watch = undefined;
      this.nameTensors();
    }
  }

  /** Names what no variable was bound to: parameters after their modules, gradients after what they belong to. */
  private nameTensors(): void {
    for (const [name, tensor] of parametersOf(this.globals)) {
      this.recording.nameKnown(name, tensor);
      if (tensor.grad !== null) this.recording.nameKnown(`d_${name}`, tensor.grad);
    }
    for (const [name, value] of this.globals) {
      if (value instanceof Tensor && value.grad !== null) this.recording.nameKnown(`d_${name}`, value.grad);
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
