/** The longest code of a cell, in characters. */
export const MAX_CODE = 100_000;
