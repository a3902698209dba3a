/** What PyTorch keeps for a whole process and a workspace keeps for itself. */
import { ANOMALY_OFF, type AnomalyMode, setAnomalyMode } from '../../autograd/anomaly.ts';
import { firstEra, setEra } from '../../autograd/eras.ts';
import { type Level, setForwardLevel } from '../../autograd/forward.ts';
import { setGradEnabled } from '../../autograd/mode.ts';
import { type Profile, setProfile } from '../../autograd/profiler.ts';
import { type SavedHooks, setSavedHooks } from '../../autograd/saved.ts';
import { withGenerator } from '../../kernels/random/current.ts';
import { Generator } from '../../kernels/random/generator.ts';
import { type DType, setDefaultDType } from '../../tensor/dtype.ts';
import { setInferring } from '../../tensor/inference.ts';
import { DEFAULT_PRINT_OPTIONS, type PrintOptions } from '../../tensor/print.ts';

export class TorchState {
  defaultDType: DType = 'float32';
  gradEnabled = true;
  era = firstEra();
  anomaly: AnomalyMode = ANOMALY_OFF;
  inferring = false;
  forwardLevel: Level | null = null;
  /** Hooks on what nodes save that were put on, and not taken off at the end of a cell. */
  savedHooks: SavedHooks | null = null;
  /** A profile that was begun, and not ended. */
  profile: Profile | null = null;
  print: PrintOptions = DEFAULT_PRINT_OPTIONS;
  readonly generator = new Generator();
  /** What `torch.Generator` of this workspace others are drawn by, where one is named. */
  constructor() {
    this.generator.seed();
  }
}

let current: TorchState | null = null;

/** The state of the workspace whose cell runs. Functions ask for it when they are called: tables are a thread's. */
export function currentState(): TorchState {
  if (current === null) throw new Error('no cell is running');
  return current;
}

/** Runs `body`, a cell of the workspace, under its settings, and notes what it changed of them. */
export function withState<T>(state: TorchState, body: () => T): T {
  const outer = current;
  current = state;
  const grad = setGradEnabled(state.gradEnabled);
  const dtype = setDefaultDType(state.defaultDType);
  const era = setEra(state.era);
  const anomaly = setAnomalyMode(state.anomaly);
  const hooks = setSavedHooks(state.savedHooks);
  const inferring = setInferring(state.inferring);
  const level = setForwardLevel(state.forwardLevel);
  const profile = setProfile(state.profile);
  try {
    return withGenerator(state.generator, body);
  } finally {
    current = outer;
    state.gradEnabled = setGradEnabled(grad);
    state.defaultDType = setDefaultDType(dtype);
    state.era = setEra(era);
    state.anomaly = setAnomalyMode(anomaly);
    state.savedHooks = setSavedHooks(hooks);
    state.inferring = setInferring(inferring);
    state.forwardLevel = setForwardLevel(level);
    state.profile = setProfile(profile);
  }
}
