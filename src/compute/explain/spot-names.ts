/** What a derivation calls the values that gradients come to: as the document of the graph does, and as was asked. */
import type { Node } from '../../autograd/node.ts';
import { nodeOf } from '../../autograd/node.ts';
import type { Document } from '../../graph/document.ts';
import type { Value } from '../../graph/value.ts';
import type { Tensor } from '../../tensor/tensor.ts';

const keyOf = (seq: number, index: number): string => `${seq}:${index}`;

export class SpotNames {
  private readonly document: Document;
  /** By gradient node and result. */
  private readonly values = new Map<string, Value>();
  private readonly taken = new Map<string, Value>();
  /** As they were asked for. */
  private readonly asked = new Map<Tensor | string, string>();
  private unnamed = 0;

  constructor(document: Document) {
    this.document = document;
    const note = (value: Value, base: string): void => {
      // Named in the order in which the document is written.
      this.taken.set(document.nameAfter(value, base), value);
      if (value.gradNode >= 0) this.values.set(keyOf(value.gradNode, value.gradIndex), value);
    };
    for (const value of document.inputs) note(value, 'value');
    for (const { op, args, outputs } of document.nodes) {
      for (const value of document.program.operands(args)) note(value, 'const');
      for (const value of outputs) note(value, op.name);
    }
  }

  /** Has a tensor go by the name that a request has for it, unless another value of the graph does. */
  ask(name: string, t: Tensor): string {
    const node = nodeOf(t);
    const key = node === null ? t : keyOf(node.seq, t.outputIndex);
    const known = this.asked.get(key);
    if (known !== undefined) return known;
    const value = this.document.program.current(t);
    const holder = this.taken.get(name);
    const own = value === undefined ? undefined : this.document.nameOf(value);
    const given = holder === undefined || holder === value || own === undefined ? name : own;
    this.asked.set(key, given);
    return given;
  }

  ofLeaf(t: Tensor): string {
    const asked = this.asked.get(t);
    if (asked !== undefined) return asked;
    const value = this.document.program.valueOf(t);
    return (value && this.document.nameOf(value)) ?? value?.name ?? this.made('leaf');
  }

  ofResult(node: Node, index: number): string {
    const key = keyOf(node.seq, index);
    const asked = this.asked.get(key);
    if (asked !== undefined) return asked;
    const value = this.values.get(key);
    return (value && this.document.nameOf(value)) ?? this.made((node.op as { name?: string } | null)?.name ?? 'value');
  }

  /** What a value of the document goes by. */
  ofValue(value: Value): string {
    const asked = value.gradNode >= 0 ? this.asked.get(keyOf(value.gradNode, value.gradIndex)) : undefined;
    const leaf = value.leaf?.deref() ?? (value.gradNode < 0 ? value.tensor : null);
    return (
      asked ??
      (leaf == null ? undefined : this.asked.get(leaf)) ??
      this.document.nameAfter(value, value.maker?.op.name ?? 'const')
    );
  }

  private made(base: string): string {
    let name: string;
    do name = `${base}~${++this.unnamed}`;
    while (this.taken.has(name));
    return name;
  }
}
