/** What of a graph document a picture shows. */
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import type { PictureGraph, PictureNode, PictureValue } from '../../draw/graph/model.ts';
import type { Plan, PlanNode } from '../../graph/plan.ts';
import type { GraphDocument, NodeDocument } from '../../graph/schema.ts';
import { DEFAULT_DTYPE } from '../../tensor/dtype.ts';
import { EngineError } from '../../tensor/errors.ts';
import { showAttrs, showElements } from './elements.ts';

export const PICTURE_SCOPES = ['forward', 'backward', 'both'] as const;
export type PictureScope = (typeof PICTURE_SCOPES)[number];

/** A graph document that was checked, and bound to ops. */
export interface GraphSubject {
  readonly document: GraphDocument;
  readonly plan: Plan;
}

/** @throws EngineError `invalid_graph`, where a backward part is asked for that is not there */
export function checkScope({ document }: GraphSubject, scope: PictureScope): void {
  if (scope === 'forward' || document.backward !== undefined) return;
  throw new EngineError(
    'invalid_graph',
    `/graph/backward: the graph has no backward part, which the scope "${scope}" asks for; "graph_scope": "both" records one`,
  );
}

class Gathering {
  readonly values: PictureValue[] = [];
  readonly nodes: PictureNode[] = [];
  private readonly places = new Map<number, number>();
  private readonly names: string[] = [];
  private readonly subject: GraphSubject;
  private readonly elements: boolean;
  private readonly inputs: ReadonlySet<string>;
  private readonly outputs: ReadonlySet<string>;
  private readonly gradOf = new Map<string, string>();

  constructor(subject: GraphSubject, scope: PictureScope, elements: boolean) {
    const { document, plan } = subject;
    this.subject = subject;
    this.elements = elements;
    this.inputs = new Set(document.inputs);
    this.outputs = new Set(scope === 'backward' ? [] : document.outputs);
    if (scope !== 'forward') for (const [of, name] of plan.grads) this.gradOf.set(name, of);
    for (const [name, slot] of plan.slots) this.names[slot] = name;
  }

  private shown(literal: TensorLiteral | undefined, of = literal): string | undefined {
    return this.elements && literal !== undefined ? showElements(literal, of?.dtype) : undefined;
  }

  /** The place of a value among those that are shown; `here` where a node makes it that is shown, too. */
  place(slot: number, here: boolean): number {
    const known = this.places.get(slot);
    if (known !== undefined) return known;
    const { document, plan } = this.subject;
    const name = this.names[slot];
    const literal = document.values?.get(name);
    const gradient = plan.grads.get(name);
    const grad = literal?.grad ?? (gradient === undefined ? undefined : document.values?.get(gradient));
    this.places.set(slot, this.values.length);
    this.values.push({
      name,
      // Of an entry that says nothing, nothing is known.
      ...(literal === undefined || !literal.ranked || (!literal.hasData && literal.dtype === undefined)
        ? {}
        : { dtype: literal.resolveDtype(DEFAULT_DTYPE), shape: literal.shape }),
      data: this.shown(literal),
      grad: this.shown(grad, literal),
      requiresGrad: literal?.requiresGrad ?? false,
      role: here ? 'made' : slot < plan.made ? 'saved' : this.inputs.has(name) ? 'input' : 'constant',
      output: this.outputs.has(name),
      gradOf: this.gradOf.get(name),
    });
    return this.values.length - 1;
  }

  node(document: NodeDocument, plan: PlanNode, back: boolean, shift: number): void {
    const outputs = plan.outputs.map((_, i) => this.place(plan.firstSlot + i, true));
    const inputs = plan.references.flatMap(({ slots }) => slots).map((slot) => this.place(slot, false));
    this.nodes.push({
      op: document.op,
      attrs: showAttrs(document, plan),
      gradFn: document.grad_fn,
      inputs,
      outputs,
      back,
      of: back && shift >= 0 ? (document.of ?? -1) : -1,
    });
  }
}

/**
 * The picture of a document.
 *
 * @param elements whether values and gradients are shown where they are small
 * @throws EngineError `invalid_graph`; JsonError for an element that its dtype does not hold
 */
export function pictureOf(
  subject: GraphSubject,
  scope: PictureScope,
  elements: boolean,
  tick: () => void,
): PictureGraph {
  checkScope(subject, scope);
  const { document, plan } = subject;
  const gathering = new Gathering(subject, scope, elements);
  // Inputs that nothing reads are part of the graph all the same.
  if (scope !== 'backward') for (const name of document.inputs) gathering.place(plan.slots.get(name) as number, false);
  if (scope !== 'backward')
    document.nodes.forEach((node, i) => {
      tick();
      gathering.node(node, plan.nodes[i], false, 0);
    });
  if (scope !== 'forward')
    document.backward?.nodes.forEach((node, i) => {
      tick();
      gathering.node(node, plan.backward[i], true, scope === 'both' ? 0 : -1);
    });
  if (scope !== 'backward')
    for (const name of document.outputs) {
      const slot = plan.slots.get(name) as number;
      if (slot >= plan.made) gathering.place(slot, false);
    }
  return { values: gathering.values, nodes: gathering.nodes };
}
