/** torch.autograd.detect_anomaly and its like. */
import { anomalyMode, setAnomalyMode } from '../../autograd/anomaly.ts';
import { typeError } from '../runtime/errors.ts';
import type { Visit } from '../runtime/holding.ts';
import { type Kwargs, PyClass, PyContext, type Value } from '../runtime/values.ts';
import { typeName } from './convert.ts';
import { native } from './define.ts';

const RUNNING =
  'Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging.';

/** Within it gradients are looked through for NaN, or not. */
class Anomaly extends PyContext {
  readonly type: string;
  private readonly wanted: ReturnType<typeof anomalyMode>;
  /** What to go back to. */
  private readonly before: ReturnType<typeof anomalyMode>;
  constructor(type: string, wanted: Anomaly['wanted'], before: Anomaly['before']) {
    super();
    this.type = type;
    this.wanted = wanted;
    this.before = before;
  }
  enter(): Value {
    setAnomalyMode(this.wanted);
    return null;
  }
  exit(): void {
    setAnomalyMode(this.before);
  }
  references(_visit: Visit): void {}
}

function flag(name: string, value: Value, absent: boolean): boolean {
  if (value === null) return absent;
  if (typeof value !== 'boolean') throw typeError(`${name}(): expected a bool, not ${typeName(value)}`);
  return value;
}

const argument = (args: readonly Value[], at: number, kwargs: Kwargs, name: string): Value =>
  args[at] ?? kwargs.get(name) ?? null;

const inModule = (): Map<string, Value> => new Map([['__module__', 'torch.autograd.anomaly_mode']]);
const typeOf = (name: string): string => `torch.autograd.anomaly_mode.${name}`;

const detect = new PyClass('detect_anomaly', [], inModule(), (args, kwargs, interpreter) => {
  const checkNaN = flag('detect_anomaly', argument(args, 0, kwargs, 'check_nan'), true);
  interpreter.warn('UserWarning', RUNNING);
  return new Anomaly(typeOf('detect_anomaly'), { enabled: true, checkNaN }, anomalyMode());
});

/** A call sets it; `with` sets it back. */
const set = new PyClass('set_detect_anomaly', [], inModule(), (args, kwargs) => {
  const mode = argument(args, 0, kwargs, 'mode');
  if (mode === null) throw typeError("set_detect_anomaly.__init__() missing 1 required positional argument: 'mode'");
  const checkNaN = flag('set_detect_anomaly', argument(args, 1, kwargs, 'check_nan'), true);
  const wanted = { enabled: flag('set_detect_anomaly', mode, false), checkNaN };
  const before = setAnomalyMode(wanted);
  return new Anomaly(typeOf('set_detect_anomaly'), wanted, before);
});

export const ANOMALY: readonly [string, Value][] = [
  ['detect_anomaly', detect],
  ['set_detect_anomaly', set],
];

export const ANOMALY_QUERIES = [
  native('is_anomaly_enabled', '', () => anomalyMode().enabled),
  native('is_anomaly_check_nan_enabled', '', () => anomalyMode().checkNaN),
];
