# torch.profiler
import enum
from torch.autograd import profiler as _profiler
from torch.autograd.profiler import record_function
from torch.autograd.profiler_util import EventList


class ProfilerActivity(enum.Enum):
    CPU = 0
    CUDA = 2


class ProfilerAction(enum.Enum):
    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities():
    return {ProfilerActivity.CPU}


def kineto_available():
    return False


def schedule(*, wait, warmup, active, repeat=0, skip_first=0):
    if wait < 0 or warmup < 0 or active <= 0 or repeat < 0 or skip_first < 0:
        raise AssertionError('Invalid profiler schedule arguments')

    def action(step):
        if step < 0:
            raise AssertionError('steps are counted from 0')
        if step < skip_first:
            return ProfilerAction.NONE
        step -= skip_first
        length = wait + warmup + active
        if repeat > 0 and step // length >= repeat:
            return ProfilerAction.NONE
        place = step % length
        if place < wait:
            return ProfilerAction.NONE
        if place < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if place < length - 1 else ProfilerAction.RECORD_AND_SAVE
    return action


def tensorboard_trace_handler(dir_name, worker_name=None, use_gzip=False):
    import os
    counts = [0]

    def handler(prof):
        os.makedirs(dir_name, exist_ok=True)
        counts[0] += 1
        name = (worker_name or 'cell') + '.' + str(counts[0]) + '.pt.trace.json'
        prof.export_chrome_trace(os.path.join(dir_name, name))
    return handler


def _always(step):
    return ProfilerAction.RECORD


class profile:
    def __init__(self, *, activities=None, schedule=None, on_trace_ready=None, record_shapes=False,
                 profile_memory=False, with_stack=False, with_flops=False, with_modules=False,
                 experimental_config=None, use_cuda=None):
        wanted = set(activities) if activities else {ProfilerActivity.CPU}
        self.activities = wanted
        self.schedule = schedule or _always
        self.on_trace_ready = on_trace_ready
        self.record_steps = schedule is not None
        self._options = dict(record_shapes=record_shapes, profile_memory=profile_memory,
                             use_cuda=ProfilerActivity.CUDA in wanted)
        self.step_num = 0
        self.current_action = ProfilerAction.NONE
        self.profiler = None
        self._running = None
        self._step = None

    def _records(self):
        return self.current_action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)

    def _begin(self):
        self.current_action = self.schedule(self.step_num)
        if self._records() and self._running is None:
            self._running = _profiler.profile(**self._options)
            self._running.__enter__()
        if self.record_steps and self._running is not None:
            self._step = record_function('ProfilerStep#' + str(self.step_num))
            self._step.__enter__()

    def _end(self, last):
        if self._step is not None:
            self._step.__exit__(None, None, None)
            self._step = None
        done = last or self.current_action == ProfilerAction.RECORD_AND_SAVE
        if done and self._running is not None:
            self._running.__exit__(None, None, None)
            self.profiler, self._running = self._running, None
            if self.on_trace_ready is not None:
                self.on_trace_ready(self)

    def start(self):
        self._begin()

    def stop(self):
        self._end(True)

    def step(self):
        self.step_num += 1
        self._end(False)
        self._begin()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, traceback):
        self.stop()

    def _finished(self):
        if self.profiler is None:
            raise AssertionError('Profiler must be stopped before its results are asked for')
        return self.profiler

    def events(self):
        return self._finished().function_events

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0):
        return self._finished().key_averages(group_by_input_shape, group_by_stack_n)

    def export_chrome_trace(self, path):
        return self._finished().export_chrome_trace(path)

    def export_stacks(self, path, metric='self_cpu_time_total'):
        return self._finished().export_stacks(path, metric)

    def add_metadata(self, key, value):
        pass

    def add_metadata_json(self, key, value):
        pass
