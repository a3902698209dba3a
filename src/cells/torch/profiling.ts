/** What the profiler's modules, which are written in Python, are made of. */
import { currentProfile, Profile, type ProfileEvent, setProfile } from '../../autograd/profiler.ts';
import { runtimeError, typeError } from '../runtime/errors.ts';
import { Native } from '../runtime/holding.ts';
import { NativeFunction, PyClass, PyInstance, PyList, PyModule, PyTuple, type Value } from '../runtime/values.ts';

/** An event that was begun under a name of the cell's. */
class OpenEvent extends Native {
  readonly profile: Profile;
  readonly event: ProfileEvent;
  constructor(profile: Profile, event: ProfileEvent) {
    super();
    this.profile = profile;
    this.event = event;
  }
  references(): void {}
}

const openClass = new PyClass('_RecordFunction', [], new Map<string, Value>([['__module__', 'torch.autograd']]));

const MOST_CHARACTERS = 1000;

/** Begins an event, if anything is profiled. */
export function openEvent(name: Value): Value {
  if (typeof name !== 'string') throw typeError('record_function(): the name must be a str');
  const profile = currentProfile();
  if (profile === null) return null;
  const made = new PyInstance(openClass);
  made.native = new OpenEvent(profile, profile.begin(name.slice(0, MOST_CHARACTERS), 7));
  return made;
}

export function closeEvent(handle: Value): null {
  const open = handle instanceof PyInstance ? handle.native : null;
  if (open instanceof OpenEvent) open.profile.end(open.event);
  return null;
}

const shapeList = (shapes: ProfileEvent['shapes']): PyList =>
  new PyList((shapes ?? []).map((shape) => new PyList(shape.map(BigInt))));

/** To the nanosecond. */
const microseconds = (time: number): number => Math.round(time * 1000) / 1000;

const tell = ({ name, start, end, shapes, seq, scope }: ProfileEvent): PyTuple =>
  new PyTuple([name, microseconds(start), microseconds(end), shapeList(shapes), BigInt(seq), BigInt(scope)]);

const FUNCTIONS: readonly NativeFunction[] = [
  new NativeFunction('start', ([shapes]) => {
    if (currentProfile() !== null) throw runtimeError('Profiler is already enabled on this thread');
    setProfile(new Profile(shapes === true));
    return null;
  }),
  new NativeFunction('stop', (_, __, interpreter) => {
    const profile = setProfile(null);
    if (profile === null) throw runtimeError("Can't disable Kineto profiler when it's not running");
    interpreter.budget.room(profile.events.length);
    interpreter.budget.step(profile.events.length);
    if (profile.missed > 0)
      interpreter.warn(
        'UserWarning',
        `the profiler holds ${profile.events.length} events; ${profile.missed} more were not kept`,
      );
    return new PyList(profile.events.map(tell));
  }),
  new NativeFunction('enabled', () => currentProfile() !== null),
  new NativeFunction('enter', ([name = null]) => openEvent(name)),
  new NativeFunction('leave', ([handle = null]) => closeEvent(handle)),
];

const module = new PyModule('_profiling', new Map<string, Value>(FUNCTIONS.map((fn) => [fn.name, fn])));

export const profilingModule = (name: string): PyModule | undefined => (name === '_profiling' ? module : undefined);

/** Modules of torch that are run from their text when they are first asked for. */
export const LATE: ReadonlySet<string> = new Set([
  'torch.profiler',
  'torch.autograd.profiler',
  'torch.autograd.profiler_util',
]);
