/** What is added to an error of a cell that nobody caught: which name was most likely meant. */
import { closest } from '../../ops/closest.ts';
import { type Missing, PyError } from './errors.ts';
import { namesOf } from './names-of.ts';
import type { Runtime } from './runtime.ts';

/** What cells import under other names. */
const IMPORTS: Readonly<Record<string, string>> = {
  torch: 'import torch',
  nn: 'import torch.nn as nn',
  F: 'import torch.nn.functional as F',
  optim: 'import torch.optim as optim',
  np: 'import numpy as np',
  plt: 'import matplotlib.pyplot as plt',
  math: 'import math',
  random: 'import random',
  time: 'import time',
  os: 'import os',
  sys: 'import sys',
  copy: 'import copy',
  re: 'import re',
  json: 'import json',
  warnings: 'import warnings',
  itertools: 'import itertools',
  functools: 'import functools',
  collections: 'import collections',
  DataLoader: 'from torch.utils.data import DataLoader',
  Dataset: 'from torch.utils.data import Dataset',
  TensorDataset: 'from torch.utils.data import TensorDataset',
};

/** As CPython: a third of the letters may differ, more or less. */
const near = (name: string, names: Iterable<string>): string | undefined =>
  closest(
    name,
    [...names].filter((other) => other !== name && (name.startsWith('_') || !other.startsWith('_'))),
    Math.floor((2 * name.length + 3) / 6),
  );

function candidates(runtime: Runtime, { where, of }: Missing): Iterable<string> {
  if (where === 'names') return [...runtime.globals.keys(), ...runtime.builtins.keys()];
  return of === undefined ? [] : namesOf(runtime, of, false);
}

/** A sentence more, or nothing: none of the cell's own code runs for it. */
export function hintFor(runtime: Runtime, { missing }: PyError): string {
  if (missing === undefined) return '';
  try {
    return hint(runtime, missing);
  } catch (error) {
    // The budget of the cell may be used up.
    if (error instanceof PyError) return '';
    throw error;
  }
}

function hint(runtime: Runtime, missing: Missing): string {
  const { name, where, of } = missing;
  if (where === 'names' && Object.hasOwn(IMPORTS, name)) return `. Did you forget to '${IMPORTS[name]}'?`;
  const told = where === 'names' ? undefined : runtime.modules.tell?.(name, of);
  if (told !== undefined) return `: ${told}`;
  const meant = near(name, candidates(runtime, missing));
  return meant === undefined ? '' : `. Did you mean: '${meant}'?`;
}
