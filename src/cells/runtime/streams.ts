/** Where print writes, where a cell has redirected it. */
import type { Holder, Visit } from './holding.ts';
import type { Value } from './values.ts';

export class Streams implements Holder {
  stdout: Value = null;
  stderr: Value = null;
  references(visit: Visit): void {
    visit(this.stdout);
    visit(this.stderr);
  }
}
