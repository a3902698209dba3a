/** References between component schemas: followed, moved, and bundled into schemas that stand alone. */

export type Json = Readonly<Record<string, unknown>>;

const COMPONENTS = '#/components/schemas/';

/** A copy in which each reference to a component has become what `move` makes of its name. */
export function moveReferences<T>(json: T, move: (name: string) => string): T {
  return JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' && value.startsWith(COMPONENTS)
      ? move(value.slice(COMPONENTS.length))
      : value,
  ) as T;
}

export const componentReference = (name: string): string => COMPONENTS + name;

/** Names of the components that `json` refers to, and of those that these refer to. */
export function reachable(json: unknown, components: Readonly<Record<string, unknown>>): Set<string> {
  const reached = new Set<string>();
  const visit = (part: unknown): void => {
    moveReferences(part ?? null, (name) => {
      if (!reached.has(name)) {
        reached.add(name);
        visit(components[name]);
      }
      return '';
    });
  };
  visit(json);
  return reached;
}

/** The components that `json` needs, as `$defs`, sorted by name; what refers to them has to go there, too. */
export function definitionsFor(json: unknown, components: Readonly<Record<string, unknown>>): Json {
  const names = [...reachable(json, components)].sort();
  return Object.fromEntries(names.map((name) => [name, inDefinitions(components[name])]));
}

/** A copy that refers to `$defs`. */
export const inDefinitions = <T>(json: T): T => moveReferences(json, (name) => `#/$defs/${name}`);
