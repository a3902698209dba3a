/** Where print and warnings write, where a cell has redirected them. */
import type { Holder, Visit } from './holding.ts';
import type { Runtime } from './runtime.ts';
import type { Value } from './values.ts';

export class Streams implements Holder {
  stdout: Value = null;
  stderr: Value = null;
  references(visit: Visit): void {
    visit(this.stdout);
    visit(this.stderr);
  }
}

/** Writes to what `sys.stderr` is now. */
export function writeError(runtime: Runtime, text: string): void {
  const to = runtime.parts.of(Streams).stderr;
  if (to === null) runtime.printError(text);
  else runtime.call(runtime.getAttribute(to, 'write'), [text]);
}
