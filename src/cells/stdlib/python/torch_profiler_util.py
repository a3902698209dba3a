# torch.autograd.profiler_util: what was profiled, as events, and tables of them.
import enum
import json
import math


class DeviceType(enum.Enum):
    CPU = 0
    CUDA = 1

    def __str__(self):
        return 'DeviceType.' + self.name


def _format_time(us):
    if us >= 1000000:
        return '{:.3f}s'.format(us / 1000000)
    if us >= 1000:
        return '{:.3f}ms'.format(us / 1000)
    return '{:.3f}us'.format(us)


def _format_time_share(part, whole):
    if whole == 0:
        return 'NaN'
    return '{:.2f}%'.format(part * 100.0 / whole)


def _format_memory(nbytes):
    for unit, name in ((1 << 30, 'Gb'), (1 << 20, 'Mb'), (1 << 10, 'Kb')):
        if abs(nbytes) >= unit:
            return '{:.2f} {}'.format(nbytes / unit, name)
    return str(nbytes) + ' b'


class Interval:
    def __init__(self, start, end):
        self.start = start
        self.end = end

    def elapsed_us(self):
        return self.end - self.start


class FormattedTimesMixin:
    @property
    def cpu_time(self):
        return 0.0 if self.count == 0 else 1.0 * self.cpu_time_total / self.count

    @property
    def cuda_time(self):
        return 0.0 if self.count == 0 else 1.0 * self.cuda_time_total / self.count

    @property
    def cpu_time_str(self):
        return _format_time(self.cpu_time)

    @property
    def cuda_time_str(self):
        return _format_time(self.cuda_time)

    @property
    def cpu_time_total_str(self):
        return _format_time(self.cpu_time_total)

    @property
    def cuda_time_total_str(self):
        return _format_time(self.cuda_time_total)

    @property
    def self_cpu_time_total_str(self):
        return _format_time(self.self_cpu_time_total)

    @property
    def self_cuda_time_total_str(self):
        return _format_time(self.self_cuda_time_total)


class FunctionEvent(FormattedTimesMixin):
    def __init__(self, id, name, thread, start_us, end_us, fwd_thread=None, input_shapes=None, stack=None, scope=0,
                 cpu_memory_usage=0, cuda_memory_usage=0, is_async=False, is_remote=False, sequence_nr=-1, node_id=-1,
                 device_type=DeviceType.CPU, device_index=0, is_legacy=False, flops=None, trace_name=None):
        self.id = id
        self.node_id = node_id
        self.name = name
        self.trace_name = trace_name
        self.time_range = Interval(start_us, end_us)
        self.thread = thread
        self.fwd_thread = fwd_thread
        self.kernels = []
        self.count = 1
        self.cpu_children = []
        self.cpu_parent = None
        self.input_shapes = input_shapes
        self.stack = stack
        self.scope = scope
        self.cpu_memory_usage = cpu_memory_usage
        self.cuda_memory_usage = cuda_memory_usage
        self.is_async = is_async
        self.is_remote = is_remote
        self.sequence_nr = sequence_nr
        self.device_type = device_type
        self.device_index = device_index
        self.is_legacy = is_legacy
        self.flops = flops

    def append_cpu_child(self, child):
        self.cpu_children.append(child)

    def set_cpu_parent(self, parent):
        self.cpu_parent = parent

    @property
    def key(self):
        return self.name

    @property
    def cpu_time_total(self):
        return self.time_range.elapsed_us() if self.device_type == DeviceType.CPU else 0

    @property
    def self_cpu_time_total(self):
        if self.is_async or self.device_type != DeviceType.CPU:
            return 0
        return self.cpu_time_total - sum([child.cpu_time_total for child in self.cpu_children])

    @property
    def cuda_time_total(self):
        return 0

    @property
    def self_cuda_time_total(self):
        return 0

    @property
    def self_cpu_memory_usage(self):
        return self.cpu_memory_usage - sum([child.cpu_memory_usage for child in self.cpu_children])

    @property
    def self_cuda_memory_usage(self):
        return 0

    def __repr__(self):
        return ('<FunctionEvent id={} name={} device_type={} node_id={} cpu_time={} start_us={} end_us={} '
                'cpu_children={} cuda_time={} name={} thread={} input_shapes={} cpu_memory_usage={} '
                'cuda_memory_usage={} is_async={} is_remote={} seq_nr={} is_legacy={}>').format(
                    self.id, self.name, self.device_type, self.node_id, self.cpu_time_str, self.time_range.start,
                    self.time_range.end, str([child.id for child in self.cpu_children]), self.cuda_time_str, self.name,
                    self.thread, str(self.input_shapes), self.cpu_memory_usage, self.cuda_memory_usage, self.is_async,
                    self.is_remote, self.sequence_nr, self.is_legacy)


_TAKEN = ['key', 'node_id', 'is_async', 'is_remote', 'cpu_parent', 'cpu_children', 'input_shapes', 'stack', 'scope',
          'device_type', 'is_legacy']
_SUMMED = ['cpu_time_total', 'cuda_time_total', 'self_cpu_time_total', 'self_cuda_time_total', 'cpu_memory_usage',
           'cuda_memory_usage', 'self_cpu_memory_usage', 'self_cuda_memory_usage', 'count']


class FunctionEventAvg(FormattedTimesMixin):
    def __init__(self):
        for name in _TAKEN:
            setattr(self, name, None)
        for name in _SUMMED:
            setattr(self, name, 0)
        self.node_id = 0
        self.is_async = self.is_remote = self.is_legacy = False
        self.device_type = DeviceType.CPU
        self.flops = 0

    def add(self, other):
        if not isinstance(other, (FunctionEvent, FunctionEventAvg)):
            raise AssertionError('an average is made of events')
        if self.key is None:
            for name in _TAKEN:
                setattr(self, name, getattr(other, name))
        if other.key != self.key:
            raise AssertionError('an average is made of events of one name')
        for name in _SUMMED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.flops is not None:
            self.flops += other.flops
        return self

    def __iadd__(self, other):
        return self.add(other)

    def __repr__(self):
        return ('<FunctionEventAvg key={} self_cpu_time={} cpu_time={}  self_cuda_time={} cuda_time={} input_shapes={} '
                'cpu_memory_usage={} cuda_memory_usage={}>').format(
                    self.key, self.self_cpu_time_total_str, self.cpu_time_str, self.self_cuda_time_total_str,
                    self.cuda_time_str, str(self.input_shapes), self.cpu_memory_usage, self.cuda_memory_usage)


class EventList(list):
    def __init__(self, *args, use_cuda=False, profile_memory=False, with_flops=False):
        list.__init__(self, *args)
        self._tree_built = False

    def _build_tree(self):
        self._populate_cpu_children()
        self._remove_dup_nodes()
        self._tree_built = True

    def _populate_cpu_children(self):
        # Within a thread, what begins and ends within another is its child: the innermost one's.
        threads = {}
        for event in self:
            if not event.is_async and event.device_type == DeviceType.CPU:
                threads.setdefault((event.thread, event.node_id), []).append(event)
        for events in threads.values():
            around = []
            for event in sorted(events, key=lambda e: (e.time_range.start, -e.time_range.end)):
                span = event.time_range
                while around:
                    outer = around[-1].time_range
                    if span.start < outer.end and span.end <= outer.end:
                        break
                    around.pop()
                if around:
                    around[-1].append_cpu_child(event)
                    event.set_cpu_parent(around[-1])
                around.append(event)

    def _remove_dup_nodes(self):
        # An op that only calls itself by another overload is one.
        gone = []
        for event in self:
            parent = event.cpu_parent
            if parent is not None and parent.name == event.name and len(parent.cpu_children) == 1:
                parent.cpu_children = event.cpu_children
                for child in event.cpu_children:
                    child.cpu_parent = parent
                gone.append(id(event))
        if gone:
            kept = [event for event in self if id(event) not in gone]
            self.clear()
            self.extend(kept)

    @property
    def self_cpu_time_total(self):
        return sum([event.self_cpu_time_total for event in self])

    def key_averages(self, group_by_input_shapes=False, group_by_stack_n=0):
        stats = {}
        for event in self:
            key = [str(event.key), event.node_id, event.device_type, event.is_legacy]
            if group_by_input_shapes:
                key.append(str(event.input_shapes))
            key = tuple(key)
            if key not in stats:
                stats[key] = FunctionEventAvg()
            stats[key].add(event)
        averages = EventList(list(stats.values()))
        for event in averages:
            event.stack = []
            if not group_by_input_shapes:
                event.input_shapes = ''
        return averages

    def total_average(self):
        total = FunctionEventAvg()
        for event in self:
            total.key = event.key
            total.add(event)
        total.key = 'Total' if len(self) else None
        return total

    def table(self, sort_by=None, row_limit=100, max_src_column_width=75, max_name_column_width=55,
              max_shapes_column_width=80, header=None, top_level_events_only=False):
        return _build_table(self, sort_by, header, row_limit, max_name_column_width, max_shapes_column_width,
                            top_level_events_only)

    def __str__(self):
        return self.table()

    def export_chrome_trace(self, path):
        events = [{'name': e.trace_name or e.name, 'ph': 'X', 'ts': e.time_range.start,
                   'dur': e.time_range.elapsed_us(), 'tid': e.thread, 'pid': 'CPU functions', 'args': {}} for e in self]
        with open(path, 'w') as file:
            json.dump(events, file)

    def export_stacks(self, path, metric):
        raise NotImplementedError('the profiler notes no stacks here')


def _build_table(events, sort_by, header, row_limit, name_width, shapes_width, top_level_events_only):
    if len(events) == 0:
        return ''
    if sort_by is not None:
        events = sorted(events, key=lambda event: getattr(event, sort_by), reverse=True)
    longest = max([len(event.key) for event in events]) + 4
    widths = [longest if name_width is None else min(longest, name_width)] + [12] * 6
    titles = ['Name', 'Self CPU %', 'Self CPU', 'CPU total %', 'CPU total', 'CPU time avg', '# of Calls']
    if any([event.node_id != -1 for event in events]):
        titles.append('Node ID')
        widths.append(12)
    has_shapes = any([event.input_shapes is not None and len(event.input_shapes) > 0 for event in events])
    if has_shapes:
        longest = max([len(str(event.input_shapes)) for event in events]) + 4
        titles.append('Input Shapes')
        widths.append(longest if shapes_width is None else min(longest, shapes_width))
    total = sum([event.self_cpu_time_total for event in events])

    def line(cells):
        return ''.join([str(cell).rjust(width) + '  ' for cell, width in zip(cells, widths)])

    rule = ''.join(['-' * width + '  ' for width in widths])
    double = '=' * (sum(widths) + 2 * len(widths) - 2)
    lines = []
    if header is not None:
        lines += [double, header]
    if top_level_events_only:
        lines += [double, 'This report only display top-level ops statistics']
    lines += [rule, line(titles), rule]
    shown = 0
    for event in events:
        if shown == row_limit:
            break
        if top_level_events_only and event.cpu_parent is not None:
            continue
        shown += 1
        name = event.key
        if name_width is not None and len(name) >= name_width - 3:
            name = name[:name_width - 3] + '...'
        cells = [name, _format_time_share(event.self_cpu_time_total, total), event.self_cpu_time_total_str,
                 0 if event.is_async else _format_time_share(event.cpu_time_total, total), event.cpu_time_total_str,
                 event.cpu_time_str, event.count]
        if len(titles) - has_shapes == 8:
            cells.append(event.node_id)
        if has_shapes:
            cells.append(str(event.input_shapes)[:widths[-1]])
        lines.append(line(cells))
    lines += [rule, 'Self CPU time total: ' + _format_time(total)]
    return '\n'.join(lines) + '\n'
