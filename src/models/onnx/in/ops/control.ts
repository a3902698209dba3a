/** If, Loop and Scan: spread out where it is known what they do, ops that hold graphs elsewhere. */

import type { GraphProto } from '../../proto/messages.ts';
import { InnerGraph } from '../document.ts';
import { Unsupported } from '../errors.ts';
import { type Lower, type OnnxNode, since, type Table } from '../node.ts';
import { Val } from '../val.ts';
import { dimOf } from './helpers.ts';
import { MAX_ROUNDS, metaOf } from './loops.ts';

const branch: Lower = (n) => {
  const b = n.build;
  const condition = n.input(0);
  const { numbers } = condition;
  const [yes, no] = [n.graph('then_branch'), n.graph('else_branch')];
  if (numbers !== undefined && numbers.length === 1) return n.reader.graph(numbers[0] !== 0 ? yes : no, []);
  const inner = (graph: GraphProto): InnerGraph => {
    const { scope, result } = b.within(() => n.reader.graph(graph, []));
    return new InnerGraph(scope, [], result);
  };
  const [whenTrue, whenFalse] = [inner(yes), inner(no)];
  const outputs = whenTrue.outputs.map((v, i) => {
    const other = whenFalse.outputs[i];
    const same = other !== undefined && JSON.stringify(v.sizes) === JSON.stringify(other.sizes);
    return new Val({ dtype: v.dtype, probes: same ? metaOf(v) : null });
  });
  return b.control('if', [condition], branches(whenTrue, whenFalse), outputs);
};

/** The attributes of `if`. */
const branches = (yes: InnerGraph, no: InnerGraph): Record<string, InnerGraph> =>
  Object.fromEntries([
    ['then', yes],
    ['else', no],
  ]);

/** A number that is known; undefined where it is not, null where the operand is absent. */
const numberOf = (v: Val | null): number | undefined | null =>
  v === null ? null : v.numbers?.length === 1 ? v.numbers[0] : undefined;

const loop: Lower = (n) => {
  const b = n.build;
  const body = n.graph('body');
  const [tripsAt, conditionAt] = [n.optional(0), n.optional(1)];
  const start = n.inputs.slice(2).map((_, i) => n.input(i + 2));
  const scans = body.output.length - 1 - start.length;
  if (scans < 0) throw new Unsupported('the body gives less than it carries');
  const unrolled = unroll(n, body, start, scans);
  if (unrolled !== undefined) return unrolled;
  // From round to round sizes may change: only how many there are is taken to be known.
  const round = new Val({ dtype: 'int64', probes: b.open(0, 'int64') });
  const goes = new Val({ dtype: 'bool', probes: b.open(0, 'bool') });
  const state = start.map((v) => ranked(n, v));
  const { scope, result } = b.within(() => n.reader.graph(body, [round, goes, ...state]));
  const outputs = result.slice(1).map((v) => new Val({ dtype: v.dtype, probes: null }));
  return b.control(
    'loop',
    [tripsAt, conditionAt, ...start],
    { body: new InnerGraph(scope, [round, goes, ...state], result) },
    outputs,
  );
};

/** A value of as many dimensions. */
const ranked = (n: OnnxNode, { dtype, rank }: Val): Val =>
  new Val({ dtype, probes: rank === undefined ? null : n.build.open(rank, dtype) });

/** Round by round, as long as it is known whether there is another one; undefined where it is not. */
function unroll(n: OnnxNode, body: GraphProto, start: readonly Val[], scans: number): Val[] | undefined {
  const b = n.build;
  const most = numberOf(n.optional(0));
  let goes = numberOf(n.optional(1));
  if (most === undefined || goes === undefined || (most === null && goes === null)) return undefined;
  if (most !== null && most > MAX_ROUNDS) return undefined;
  let state = start;
  const gathered: Val[][] = Array.from({ length: scans }, () => []);
  const rounds = most ?? MAX_ROUNDS + 1;
  const { scope } = b;
  const from = scope.nodes.length;
  const undo = (): undefined => {
    scope.nodes.length = from;
    return undefined;
  };
  let condition = n.optional(1) ?? b.constant([1], [], 'bool');
  for (let i = 0; i < rounds && goes !== 0; i++) {
    if (i === MAX_ROUNDS) return undo();
    const [next, ...results] = n.reader.graph(body, [b.constant([i], []), condition, ...state]);
    // A condition that is absent is true for good.
    if (n.optional(1) !== null || next.numbers !== undefined) goes = numberOf(next);
    if (n.optional(1) === null) goes = 1;
    if (goes === undefined && i + 1 < rounds) return undo();
    condition = next;
    state = results.slice(0, start.length);
    for (let k = 0; k < scans; k++) gathered[k].push(results[start.length + k]);
  }
  return [
    ...state,
    ...gathered.map((list) =>
      list.length === 0 ? b.one('zeros', [], { size: [0] }) : b.one('stack', [list], { dim: 0 }),
    ),
  ];
}

/** Over slices of some operands, a state from round to round. */
const scan: Lower = (n) => {
  const b = n.build;
  const body = n.graph('body');
  const old = n.version < 9;
  if (old) throw new Unsupported('scans over a batch (opset 8) are not supported');
  const count = n.int('num_scan_inputs', 1);
  const operands = n.inputs.map((_, i) => n.input(i));
  const [start, over] = [operands.slice(0, operands.length - count), operands.slice(operands.length - count)];
  const outs = body.output.length - start.length;
  const axes = n.ints('scan_input_axes') ?? over.map(() => 0);
  const back = n.ints('scan_input_directions') ?? over.map(() => 0);
  const outAxes = n.ints('scan_output_axes') ?? new Array<number>(outs).fill(0);
  const outBack = n.ints('scan_output_directions') ?? new Array<number>(outs).fill(0);
  const rounds = dimOf(n, over[0], axes[0]);
  const at = (round: number | Val, i: number): Val => {
    let index: number | Val = round;
    if (back[i] !== 0) index = typeof round === 'number' ? -1 - round : b.one('sub', [b.one('neg', [round]), 1]);
    return b.one('select', [over[i]], { dim: axes[i], index });
  };
  const placed = (v: Val, i: number): Val => {
    const turned = outBack[i] !== 0 ? b.one('flip', [v], { dims: [0] }) : v;
    return outAxes[i] === 0 ? turned : b.one('movedim', [turned], { source: 0, destination: outAxes[i] });
  };
  if (typeof rounds === 'number' && rounds > 0 && rounds <= MAX_ROUNDS) {
    let state: readonly Val[] = start;
    const gathered: Val[][] = Array.from({ length: outs }, () => []);
    for (let i = 0; i < rounds; i++) {
      const results = n.reader.graph(body, [...state, ...over.map((_, k) => at(i, k))]);
      state = results.slice(0, start.length);
      for (let k = 0; k < outs; k++) gathered[k].push(results[start.length + k]);
    }
    return [...state, ...gathered.map((list, k) => placed(b.one('stack', [list], { dim: 0 }), k))];
  }
  const round = new Val({ dtype: 'int64', probes: b.open(0, 'int64') });
  const goes = new Val({ dtype: 'bool', probes: b.open(0, 'bool') });
  const state = start.map((v) => ranked(n, v));
  const { scope, result } = b.within(() => n.reader.graph(body, [...state, ...over.map((_, k) => at(round, k))]));
  const total = rounds instanceof Val ? rounds : b.constant([rounds], []);
  const outputs = result.map((v) => new Val({ dtype: v.dtype, probes: null }));
  const inner = new InnerGraph(scope, [round, goes, ...state], [goes, ...result]);
  const made = b.control('loop', [total, null, ...start], { body: inner }, outputs);
  return [...made.slice(0, start.length), ...made.slice(start.length).map(placed)];
};

export const control: Table = {
  If: since([1, 11, 13, 16, 19, 21], branch),
  Loop: since([1, 11, 13, 16, 19, 21], loop),
  Scan: since([8, 9, 11, 16, 19, 21], scan),
};
