/** What `torch.set_printoptions` sets. */
import type { DType } from '../dtype.ts';
import { valueRange } from '../errors.ts';

export interface PrintOptions {
  /** Digits after the point. */
  readonly precision: number;
  /** Tensors of more elements are summarised. */
  readonly threshold: number;
  /** How many elements of each end of a dimension a summary shows. */
  readonly edgeitems: number;
  /** Characters of a line. */
  readonly linewidth: number;
  /** Whether numbers are written with an exponent; null leaves it to the numbers. */
  readonly sciMode: boolean | null;
  /** Floating tensors of this dtype are printed without it. */
  readonly defaultDType: DType;
  /** Told how many characters are about to be written, at the least, so that it can refuse. */
  readonly room?: (characters: number) => void;
  /** Called every thousand elements or so, so that a long print can be ended by throwing. */
  readonly look?: () => void;
}

export const DEFAULT_PRINT_OPTIONS: PrintOptions = {
  precision: 4,
  threshold: 1000,
  edgeitems: 3,
  linewidth: 80,
  sciMode: null,
  defaultDType: 'float32',
};

const PROFILES: ReadonlyMap<string, Partial<PrintOptions>> = new Map([
  ['default', { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 }],
  ['short', { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 }],
  ['full', { precision: 4, threshold: Number.POSITIVE_INFINITY, edgeitems: 3, linewidth: 80 }],
]);

/** More digits than any double has before the exact ones end in zeros for most, and JavaScript's own bound. */
const MAX_PRECISION = 100;

export interface PrintChanges {
  readonly precision?: number | null;
  readonly threshold?: number | null;
  readonly edgeitems?: number | null;
  readonly linewidth?: number | null;
  readonly profile?: string | null;
  readonly sciMode?: boolean | null;
}

/**
 * The options after `torch.set_printoptions(...)`: a profile first, then what is named beside it.
 * As in PyTorch, `sci_mode` goes back to the default wherever a call does not name it.
 *
 * @example
 * tensorRepr(t, withPrintOptions(DEFAULT_PRINT_OPTIONS, { precision: 2 }))
 */
export function withPrintOptions(options: PrintOptions, changes: PrintChanges): PrintOptions {
  const profile = PROFILES.get(changes.profile ?? '') ?? {};
  const { precision, threshold, edgeitems, linewidth } = { ...options, ...profile };
  const next = {
    ...options,
    precision: changes.precision ?? precision,
    threshold: changes.threshold ?? threshold,
    edgeitems: changes.edgeitems ?? edgeitems,
    linewidth: changes.linewidth ?? linewidth,
    sciMode: changes.sciMode ?? null,
  };
  if (!Number.isInteger(next.precision) || next.precision < 0 || next.precision > MAX_PRECISION) {
    throw valueRange(
      `set_printoptions: precision is a whole number from 0 to ${MAX_PRECISION}, but got ${next.precision}`,
    );
  }
  if (!Number.isInteger(next.edgeitems) || next.edgeitems < 0) {
    throw valueRange(`set_printoptions: edgeitems is a whole number from 0 up, but got ${next.edgeitems}`);
  }
  return next;
}
