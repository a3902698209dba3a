/** The paths that there are, and their methods: for what is answered where there is none. */
import { closest } from '../ops/closest.ts';
import type { Problem } from './problem.ts';

interface Known {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

export interface Refusal {
  readonly problem: Problem;
  readonly headers?: Readonly<Record<string, string>>;
}

const segmentsOf = (path: string): string[] => path.split('/').slice(1);

/** Whether a path fits a pattern with `:parameters`, and perhaps with a `*` for all that is left. */
function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const rest = pattern.at(-1) === '*';
  if (rest ? path.length < pattern.length : path.length !== pattern.length) return false;
  return pattern.every((s, i) => s.startsWith(':') || s === path[i] || (rest && i === pattern.length - 1));
}

/** The path of a request without its query. */
const pathOf = (url: string): string => url.split('?', 1)[0];

export class RouteTable {
  private readonly known = new Map<string, Known>();

  add(url: string, methods: string | readonly string[]): void {
    const entry = this.known.get(url) ?? { segments: segmentsOf(url), methods: new Set<string>() };
    for (const method of [methods].flat()) entry.methods.add(method);
    this.known.set(url, entry);
  }

  /** 405 with the methods that the path takes, or 404 with the nearest path. */
  refusal(method: string, url: string): Refusal {
    const path = pathOf(url);
    const segments = segmentsOf(path);
    const methods = [...this.known.values()]
      .filter((k) => matches(k.segments, segments))
      .flatMap((k) => [...k.methods]);
    // One that is taken, and gave nothing, is not the fault of the method.
    if (methods.length > 0 && !methods.includes(method)) {
      const allow = [...new Set(methods)].sort().join(', ');
      const detail = `${path} takes ${allow}, not ${method}`;
      return {
        problem: { code: 'method_not_allowed', title: 'The method is not allowed here', status: 405, detail },
        headers: { allow },
      };
    }
    const suggestion = closest(
      path,
      [...this.known.keys()].filter((known) => !/[:*]/.test(known)),
    );
    const detail = `there is no route ${path}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`;
    return { problem: { code: 'not_found', title: 'There is nothing here', status: 404, detail, suggestion } };
  }
}
