/** What modules keep for a workspace from cell to cell. */
import type { Holder, Visit } from './holding.ts';
import type { Interpreter } from './interpreter.ts';

/** A part that has something left to do where a cell ends. */
export interface EndsCell {
  cellEnds(interpreter: Interpreter): void;
}

const endsCell = (part: Holder): part is Holder & EndsCell => 'cellEnds' in part;

/**
 * One object of each kind, made when it is first asked for: a module's generators, its files, its open
 * figures. So modules are tables of constants, made once, and what they change is found by way of the
 * interpreter that calls them.
 *
 *     interpreter.parts.of(Figures).current
 */
export class Parts implements Holder {
  private readonly made = new Map<new () => Holder, Holder>();

  of<T extends Holder>(kind: new () => T): T {
    const known = this.made.get(kind);
    if (known !== undefined) return known as T;
    const part = new kind();
    this.made.set(kind, part);
    return part;
  }

  cellEnds(interpreter: Interpreter): void {
    for (const part of this.made.values()) if (endsCell(part)) part.cellEnds(interpreter);
  }

  references(visit: Visit): void {
    for (const part of this.made.values()) visit(part);
  }
}
