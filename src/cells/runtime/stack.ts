/**
 * How much of JavaScript's stack the language may take. Every call of a cell weighs what its deepest
 * expression takes, so that recursion ends in Python's RecursionError and never in JavaScript's.
 */

/** What Node gives a main thread, in KiB. */
const DEFAULT_KIB = 984;
/** Measured: one unit takes 75 to 120 bytes; a quarter is left for who called us and for the kernels. */
const UNITS_PER_KIB = 6.5;

export const stackUnits = (kib = DEFAULT_KIB): number => Math.floor(kib * UNITS_PER_KIB);

/** A call besides its expressions. */
export const CALL_UNITS = 10;
/** A function of ours, which may call back. */
export const NATIVE_UNITS = 25;
