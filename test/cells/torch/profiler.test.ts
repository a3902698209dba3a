/** The profiler: which ops run, one within the other. Times are whatever they are. */
import { describe, expect, it } from 'vitest';
import { run, shown } from './session.ts';

const PRELUDE = `from torch.autograd import profiler
from torch.autograd.profiler_util import EventList, FunctionEvent, FunctionEventAvg
x = torch.ones(3, 2, requires_grad=True)
layer = nn.Linear(2, 4)`;

const said = (code: string): string => shown(PRELUDE, code).trim();

describe('torch.autograd.profiler', () => {
  it('notes ops under names of the cell', () => {
    expect(
      said(`with profiler.profile(record_shapes=True) as p:
    with profiler.record_function('block'):
        y = layer(x)
    y.sum()
for e in p.function_events:
    print(e.name, e.input_shapes, e.cpu_parent.name if e.cpu_parent else None, e.count)`),
    ).toBe('block [] None 1\naten::linear [[3, 2], [4, 2], [4]] block 1\naten::sum [[3, 4], [], [], []] None 1');
  });

  it('notes what a backward pass runs, by the number of the forward call', () => {
    expect(
      said(`with profiler.profile() as p:
    (x * 3).sum().backward()
events = {e.name: e for e in reversed(p.function_events)}
print([n for n in reversed(events) if 'MulBackward' in n or 'Accumulate' in n])
print(events['aten::mul'].sequence_nr == events['MulBackward0'].sequence_nr >= 0, events['MulBackward0'].scope)`),
    ).toBe(
      "['autograd::engine::evaluate_function: MulBackward0', 'MulBackward0', 'autograd::engine::evaluate_function: torch::autograd::AccumulateGrad', 'torch::autograd::AccumulateGrad']\nTrue 1",
    );
  });

  it('averages by name, and prints a table', () => {
    expect(
      said(`with torch.autograd.profiler.profile() as p:
    for _ in range(3): x + 1
rows = p.key_averages()
print([(r.key, r.count) for r in rows], rows[0].cpu_time * 3 == rows[0].cpu_time_total)
lines = p.key_averages().table(sort_by='self_cpu_time_total', row_limit=1).splitlines()
print(lines[1].split('  ')[0].strip() == '' , 'Self CPU %' in lines[1], lines[3].split()[0], lines[3].split()[-1])
print(lines[-1].startswith('Self CPU time total: '), str(p) == p.table(), torch.autograd._profiler_enabled())`),
    ).toBe("[('aten::add', 3)] True\nTrue True aten::add 3\nTrue True False");
  });

  it('counts what an interval holds as its children', () => {
    expect(
      said(`events = EventList(FunctionEvent(id=i, name='e', thread=0, start_us=a, end_us=b) for i, (a, b) in enumerate([(0, 9), (1, 4), (2, 3), (5, 12)]))
events._populate_cpu_children()
print([[c.id for c in e.cpu_children] for e in events], events[0].self_cpu_time_total)
total = FunctionEventAvg()
for e in events: total.add(e)
total.key, total.count, total.cpu_time_total, total.cpu_time`),
    ).toBe("[[1], [2], [], []] 6\n('e', 4, 20, 5.0)");
  });

  it('decorates functions, and needs no profile', () => {
    expect(
      said(`@profiler.record_function('mine')
def f(a, b): return a + b
print(f(1, 2))
with profiler.profile() as p: f(3, 4)
[e.name for e in p.function_events]`),
    ).toBe("3\n['mine']");
  });

  it('refuses to be begun twice, or read before its end', () => {
    expect(said('with profiler.profile():\n    with profiler.profile(): pass')).toBe(
      'RuntimeError: Profiler is already enabled on this thread',
    );
    expect(said('profiler.profile().table()')).toBe("RuntimeError: Profiler didn't finish running");
  });

  it('is the own of a workspace', () => {
    run(PRELUDE, 'p = profiler.profile(); p.__enter__()');
    expect(said('torch.autograd._profiler_enabled()')).toBe('False');
  });
});

describe('torch.profiler', () => {
  it('follows a schedule', () => {
    expect(
      said(`from torch.profiler import profile, schedule, ProfilerActivity
def ready(p): print(p.step_num, [e.name for e in p.events() if e.name.startswith('Prof')], sum(e.name == 'aten::mul' for e in p.events()))
with profile(activities=[ProfilerActivity.CPU], schedule=schedule(wait=1, warmup=1, active=2, repeat=1), on_trace_ready=ready) as prof:
    for i in range(6):
        x * i
        prof.step()
print('done')`),
    ).toBe("4 ['ProfilerStep*', 'ProfilerStep*'] 2\ndone");
  });

  it('is there as an attribute, and saves a trace', () => {
    expect(
      said(`import json
with torch.profiler.profile() as prof: x * 2
prof.export_chrome_trace('trace.json')
[e['name'] for e in json.load(open('trace.json'))]`),
    ).toBe("['aten::mul']");
  });
});
