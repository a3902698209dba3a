/** Bodies against their schemas: every place that is wrong is named. */
import { type $ZodIssue, type $ZodType, safeParse } from 'zod/v4/core';
import { JsonError, MAX_COMPLAINTS, pointerStep } from '../codec/json/json-error.ts';
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import { closest } from '../ops/closest.ts';

const keysOf = (schema: unknown): string[] => Object.keys((schema as { shape?: object } | undefined)?.shape ?? {});

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => pointerStep(step as string | number)).join('');

/** Every place that the schema refuses. An unknown field is named itself, with the field that may be meant. */
function complaints(issue: $ZodIssue, schema: unknown): { pointer: string; detail: string }[] {
  const at = pointerOf(issue.path);
  if (issue.code !== 'unrecognized_keys') return [{ pointer: at, detail: issue.message }];
  return issue.keys.slice(0, MAX_COMPLAINTS).map((key) => {
    const near = issue.path.length === 0 ? closest(key, keysOf(schema)) : undefined;
    return {
      pointer: at + pointerStep(key),
      detail: `unknown field${near === undefined ? '' : `; did you mean "${near}"?`}`,
    };
  });
}

/** From so many values on a body is not looked at for all that is wrong with it: each place costs memory. */
const MANY_VALUES = 10_000;

function hasManyValues(data: unknown): boolean {
  const open: unknown[] = [data];
  for (let seen = 0; open.length > 0; seen++) {
    if (seen + open.length > MANY_VALUES) return true;
    const value = open.pop();
    if (typeof value !== 'object' || value === null || value instanceof TensorLiteral) continue;
    const inner = Array.isArray(value) ? value : Object.values(value);
    if (inner.length > MANY_VALUES) return true;
    for (const item of inner) open.push(item);
  }
  return false;
}

/** What a schema says of a value; of a large one that is wrong, with the first place in each list alone. */
function look(schema: $ZodType, data: unknown): ReturnType<typeof safeParse> {
  const result = safeParse(schema, data, { abortEarly: true } as never);
  return result.success || hasManyValues(data) ? result : safeParse(schema, data);
}

/**
 * What the schema makes of `data`.
 *
 * @throws JsonError with each place that the schema refuses
 */
export function validate(schema: $ZodType, data: unknown): unknown {
  const result = look(schema, data);
  if (result.success) return result.data;
  const found = result.error.issues.slice(0, MAX_COMPLAINTS).flatMap((issue) => complaints(issue, schema));
  throw new JsonError(found.slice(0, MAX_COMPLAINTS));
}
