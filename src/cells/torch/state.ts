/** What PyTorch keeps for a whole process and a workspace keeps for itself. */
import { ANOMALY_OFF, type AnomalyMode, setAnomalyMode } from '../../autograd/anomaly.ts';
import { firstEra, setEra } from '../../autograd/eras.ts';
import { setGradEnabled } from '../../autograd/mode.ts';
import { withGenerator } from '../../kernels/random/current.ts';
import { Generator } from '../../kernels/random/generator.ts';
import { type DType, setDefaultDType } from '../../tensor/dtype.ts';
import { DEFAULT_PRINT_OPTIONS, type PrintOptions } from '../../tensor/print.ts';

export class TorchState {
  defaultDType: DType = 'float32';
  gradEnabled = true;
  era = firstEra();
  anomaly: AnomalyMode = ANOMALY_OFF;
  print: PrintOptions = DEFAULT_PRINT_OPTIONS;
  readonly generator = new Generator();
  /** What `torch.Generator` of this workspace others are drawn by, where one is named. */
  constructor() {
    this.generator.seed();
  }
}

/** Runs `body`, a cell of the workspace, under its settings, and notes what it changed of them. */
export function withState<T>(state: TorchState, body: () => T): T {
  const grad = setGradEnabled(state.gradEnabled);
  const dtype = setDefaultDType(state.defaultDType);
  const era = setEra(state.era);
  const anomaly = setAnomalyMode(state.anomaly);
  try {
    return withGenerator(state.generator, body);
  } finally {
    state.gradEnabled = setGradEnabled(grad);
    state.defaultDType = setDefaultDType(dtype);
    state.era = setEra(era);
    state.anomaly = setAnomalyMode(anomaly);
  }
}
