/** What is wrong with a body, and where. */

/** More places that are wrong than this help nobody, and each costs a search for what was meant. */
export const MAX_COMPLAINTS = 20;

export interface Complaint {
  /** RFC 6901 JSON Pointer to the place. */
  readonly pointer: string;
  readonly detail: string;
}

/** A body that is not JSON, or not the tensors that were asked for. Answered with a 400. */
export class JsonError extends Error {
  readonly errors: Complaint[];

  constructor(errors: Complaint[]) {
    super(errors.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer}: ${detail}`)).join('; '));
    this.name = 'JsonError';
    this.errors = errors;
  }
}

export const jsonError = (pointer: string, detail: string): JsonError => new JsonError([{ pointer, detail }]);

/** One step of an RFC 6901 pointer, `~` and `/` escaped. */
export function pointerStep(key: string | number): string {
  if (typeof key === 'number') return `/${key}`;
  return key.includes('~') || key.includes('/') ? `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` : `/${key}`;
}
