# torch.autograd.profiler
import warnings
from _profiling import enabled as _enabled, enter as _enter, leave as _leave, start as _start, stop as _stop
from contextlib import ContextDecorator
from torch.autograd.profiler_util import DeviceType, EventList, FunctionEvent, FunctionEventAvg, _format_time


def _shown(name):
    # The steps of a schedule count as one.
    return 'ProfilerStep*' if name.startswith('ProfilerStep#') else name


def _collected():
    events = EventList([
        FunctionEvent(id=i + 1, name=_shown(name), trace_name=name, thread=1, start_us=start, end_us=end, input_shapes=shapes, sequence_nr=seq,
                      scope=scope, fwd_thread=1 if scope == 1 else 0)
        for i, (name, start, end, shapes, seq, scope) in enumerate(_stop())])
    events._build_tree()
    return events


class profile:
    def __init__(self, enabled=True, *, use_cuda=False, record_shapes=False, with_flops=False, profile_memory=False,
                 with_stack=False, with_modules=False, use_kineto=False, use_cpu=True, experimental_config=None):
        self.enabled = enabled
        self.record_shapes = record_shapes
        self.function_events = None
        self.entered = False
        if use_cuda:
            warnings.warn('CUDA is not available, disabling CUDA profiling')
        if profile_memory:
            warnings.warn('memory is not followed by operation here: the table has no columns of it')

    def __enter__(self):
        if not self.enabled:
            return self
        if self.entered:
            raise RuntimeError('Profiler context manager is not reentrant')
        self.entered = True
        _start(self.record_shapes)
        return self

    def __exit__(self, kind, value, traceback):
        if self.enabled:
            self.function_events = _collected()
        return False

    def _check_finish(self):
        if self.function_events is None:
            raise RuntimeError("Profiler didn't finish running")

    def __repr__(self):
        return '<unfinished torch.autograd.profile>' if self.function_events is None else repr(self.function_events)

    def __str__(self):
        return '<unfinished torch.autograd.profile>' if self.function_events is None else str(self.function_events)

    def table(self, sort_by=None, row_limit=100, max_src_column_width=75, max_name_column_width=55,
              max_shapes_column_width=80, header=None, top_level_events_only=False):
        self._check_finish()
        return self.function_events.table(sort_by, row_limit, max_src_column_width, max_name_column_width,
                                          max_shapes_column_width, header, top_level_events_only)

    def key_averages(self, group_by_input_shape=False, group_by_stack_n=0):
        self._check_finish()
        return self.function_events.key_averages(group_by_input_shape, group_by_stack_n)

    def total_average(self):
        self._check_finish()
        return self.function_events.total_average()

    @property
    def self_cpu_time_total(self):
        self._check_finish()
        return self.function_events.self_cpu_time_total

    def export_chrome_trace(self, path):
        self._check_finish()
        return self.function_events.export_chrome_trace(path)

    def export_stacks(self, path, metric='self_cpu_time_total'):
        self._check_finish()
        return self.function_events.export_stacks(path, metric)


class record_function(ContextDecorator):
    def __init__(self, name, args=None):
        self.name = name
        self.args = args
        self.handle = None

    def __enter__(self):
        self.handle = _enter(self.name)
        return self

    def __exit__(self, kind, value, traceback):
        _leave(self.handle)
        self.handle = None


def _no_cuda(name):
    def refuse(*args, **kwargs):
        raise RuntimeError(name + ' marks ranges for a CUDA profiler, and there is no CUDA')
    return refuse


emit_nvtx = _no_cuda('emit_nvtx')
emit_itt = _no_cuda('emit_itt')


def kineto_available():
    return False
