/** The chain of 2,000 scalar ops that every side computes; `peer/work.py` says the same in Python. */
export const CHAIN_PAIRS = 1000;
export const CHAIN_START = 0.5;
export const CHAIN_SCALE = 1.001;
export const CHAIN_SHIFT = 0.01;
