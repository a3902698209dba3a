/** The ops `if` and `loop`, whose attributes hold graphs: laid out as ONNX's, with outer names visible. */
import { JsonError } from '../codec/json/json-error.ts';
import { readJson } from '../codec/json/reader.ts';
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import type { OpDef } from '../ops/define.ts';
import { EngineError } from '../tensor/errors.ts';
import { Float } from '../tensor/scalar.ts';
import type { Plan, Reference } from './plan.ts';
import { type GraphDocument, graphSchema, type NodeDocument } from './schema.ts';

/** A graph that is carried out where it stands; literals of its own beside it. */
export interface Inner {
  readonly plan: Plan;
  readonly literals: ReadonlyMap<string, TensorLiteral>;
}

export type Control =
  | { readonly kind: 'if'; readonly condition: Reference; readonly yes: Inner; readonly no: Inner }
  | {
      readonly kind: 'loop';
      /** The most rounds that there are, and whether there is a first one: no names where absent. */
      readonly trips: Reference;
      readonly condition: Reference;
      /** What goes from round to round. */
      readonly carried: readonly Reference[];
      readonly body: Inner;
      /** How many results gather a value of each round. */
      readonly scans: number;
    };

const never = (): never => {
  throw new Error('graphs in attributes are carried out by who runs the graph that they stand in');
};

/** What stands in the place of an op that is defined by graphs. */
const standIn = (name: string, summary: string): OpDef => ({
  name,
  aliases: [],
  category: 'shape',
  head: { in: [] },
  summary,
  params: [],
  formula: '',
  derivation: {},
  examples: [],
  overwrites: false,
  differentiable: true,
  constantResults: [],
  composite: true,
  call: never,
  apply: never,
});

const OPS: ReadonlyMap<string, OpDef> = new Map([
  ['if', standIn('if', 'One of two graphs')],
  ['loop', standIn('loop', 'A graph again and again')],
]);

export const isControl = (op: string): boolean => OPS.has(op);
export const opOf = (op: string): OpDef => OPS.get(op) as OpDef;

export const plansOf = (control: Control): readonly Plan[] =>
  control.kind === 'if' ? [control.yes.plan, control.no.plan] : [control.body.plan];

const invalid = (message: string, node: NodeDocument): EngineError => {
  const error = new EngineError('invalid_graph', message);
  error.node = node.outputs[0];
  return error;
};

/** Constants within a graph in an attribute came as ordinary JSON. */
function literalOf(value: unknown, at: string, node: NodeDocument): TensorLiteral {
  if (value instanceof TensorLiteral) return value;
  const plain = (_: string, item: unknown): unknown =>
    item instanceof Float ? item.value : typeof item === 'bigint' ? String(item) : item;
  try {
    return readJson(Buffer.from(JSON.stringify(value, plain) ?? 'null'), 'value') as TensorLiteral;
  } catch (error) {
    if (error instanceof JsonError) throw invalid(`${at}: ${error.message}`, node);
    throw error;
  }
}

/** A graph that stands in an attribute, checked. */
function documentOf(raw: unknown, at: string, node: NodeDocument): GraphDocument {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw invalid(`${at}: expected a graph`, node);
  const { values, backward, ...rest } = raw as Record<string, unknown>;
  if (backward !== undefined) throw invalid(`${at}: a graph in an attribute has no backward part`, node);
  const literals: Record<string, TensorLiteral> = {};
  if (typeof values === 'object' && values !== null) {
    for (const [name, value] of values instanceof Map ? values : Object.entries(values))
      literals[name] = literalOf(value, `${at}/values/${name}`, node);
  }
  const read = graphSchema.safeParse({ ...rest, values: literals });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw invalid(`${at}/${issue.path.map(String).join('/')}: ${issue.message}`, node);
}

/**
 * The graphs of a node, planned.
 *
 * @param plan plans a graph within the one that the node stands in
 */
export function controlGraphs(
  node: NodeDocument,
  operands: readonly Reference[],
  at: string,
  plan: (graph: GraphDocument, key: string) => Plan,
): Control {
  const { attrs = {} } = node;
  const keys = node.op === 'if' ? ['then', 'else'] : ['body'];
  for (const key of Object.keys(attrs)) {
    if (!keys.includes(key))
      throw invalid(`${at}: ${node.op} has no attribute "${key}"; it has ${keys.join(', ')}`, node);
  }
  const inner = (key: string): Inner => {
    const where = `${at}/attrs/${key}`;
    const document = documentOf(attrs[key], where, node);
    const planned = plan(document, key);
    const literals = new Map<string, TensorLiteral>();
    for (const [name, literal] of document.values ?? []) {
      if ((planned.slots.get(name) as number) < planned.made || document.inputs.includes(name)) continue;
      if (!literal.hasData)
        throw invalid(`${where}/values/${name}: a constant of a graph in an attribute needs its data`, node);
      literals.set(name, literal);
    }
    return { plan: planned, literals };
  };
  const count = (what: string, found: number, wanted: number): void => {
    if (found !== wanted) throw invalid(`${at}: ${what}: expected ${wanted}, got ${found}`, node);
  };
  if (node.op === 'if') {
    count('inputs of if, the condition', operands.length, 1);
    const control: Control = { kind: 'if', condition: operands[0], yes: inner('then'), no: inner('else') };
    for (const [key, { plan: one }] of [['then', control.yes] as const, ['else', control.no] as const]) {
      count(`inputs of "${key}"`, one.inputs.length, 0);
      count(`outputs of "${key}"`, one.outputs.length, node.outputs.length);
    }
    return control;
  }
  if (operands.length < 2)
    throw invalid(
      `${at}: loop takes the number of rounds and the condition, null where absent, then what is carried`,
      node,
    );
  const [trips, condition, ...carried] = operands;
  const body = inner('body');
  count('inputs of "body", the round and the condition first', body.plan.inputs.length, carried.length + 2);
  const scans = node.outputs.length - carried.length;
  if (scans < 0) throw invalid(`${at}: loop gives all that it carries, ${carried.length} values`, node);
  count('outputs of "body", the condition first', body.plan.outputs.length, 1 + carried.length + scans);
  return { kind: 'loop', trips, condition, carried, body, scans };
}
