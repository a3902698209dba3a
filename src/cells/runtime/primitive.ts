/** Instances of a cell's classes derived from int, float, str or bytes: what they are besides. */
import { Native, type Visit } from './holding.ts';
import { restores, type Saved } from './saving.ts';
import { PyInstance, type Value } from './values.ts';

export class Primitive extends Native {
  readonly value: Value;
  constructor(value: Value) {
    super();
    this.value = value;
  }
  references(visit: Visit): void {
    visit(this.value);
  }
  override toSave(): Saved {
    return { kind: 'primitive', value: this.value };
  }
}

restores('primitive', (value) => new Primitive(typeof value === 'object' ? 0n : value));

/** The number or text that an instance of a derived class stands for; other values as they are. */
export const plainOf = (value: Value): Value =>
  value instanceof PyInstance && value.native instanceof Primitive ? value.native.value : value;
