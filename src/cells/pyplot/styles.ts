/** matplotlib's styles: settings by their names, and colours in turn. */
import type { Value } from '../runtime/values.ts';

const GGPLOT = {
  'axes.grid': true,
  'axes.facecolor': '#E5E5E5',
  'axes.edgecolor': 'white',
  'grid.color': 'white',
  'axes.axisbelow': true,
  'xtick.color': '#555555',
  'ytick.color': '#555555',
  'axes.labelcolor': '#555555',
};
const SEABORN = {
  'axes.grid': true,
  'axes.axisbelow': true,
  'axes.edgecolor': '.8',
  'grid.color': '.8',
  'axes.labelcolor': '.15',
  'text.color': '.15',
  'xtick.color': '.15',
  'ytick.color': '.15',
  'legend.frameon': false,
  'lines.linewidth': 1.75,
};

interface StyleSheet {
  readonly values: Readonly<Record<string, Value>>;
  readonly cycle?: readonly string[];
}

const MUTED = ['#4C72B0', '#55A868', '#C44E52', '#8172B2', '#CCB974', '#64B5CD'];

export const STYLES: Readonly<Record<string, StyleSheet>> = {
  default: { values: {} },
  classic: { values: {} },
  ggplot: { values: GGPLOT, cycle: ['#E24A33', '#348ABD', '#988ED5', '#777777', '#FBC15E', '#8EBA42', '#FFB5B8'] },
  seaborn: {
    values: { ...SEABORN, 'axes.facecolor': '#EAEAF2', 'grid.color': 'white', 'axes.edgecolor': 'white' },
    cycle: MUTED,
  },
  'seaborn-darkgrid': {
    values: { ...SEABORN, 'axes.facecolor': '#EAEAF2', 'grid.color': 'white', 'axes.edgecolor': 'white' },
  },
  'seaborn-whitegrid': { values: SEABORN },
  'seaborn-white': { values: { ...SEABORN, 'axes.grid': false, 'axes.edgecolor': '.15' } },
  'seaborn-ticks': { values: { ...SEABORN, 'axes.grid': false, 'axes.edgecolor': '.15' } },
  'seaborn-deep': { values: {}, cycle: MUTED },
  'seaborn-muted': { values: {}, cycle: ['#4878CF', '#6ACC65', '#D65F5F', '#B47CC7', '#C4AD66', '#77BEDB'] },
  'seaborn-pastel': { values: {}, cycle: ['#92C6FF', '#97F0AA', '#FF9F9A', '#D0BBFF', '#FFFEA3', '#B0E0E6'] },
  'seaborn-bright': { values: {}, cycle: ['#003FFF', '#03ED3A', '#E8000B', '#8A2BE2', '#FFC400', '#00D7FF'] },
  'seaborn-colorblind': { values: {}, cycle: ['#0072B2', '#009E73', '#D55E00', '#CC79A7', '#F0E442', '#56B4E9'] },
  'seaborn-paper': { values: { 'font.size': 8 } },
  'seaborn-notebook': { values: { 'font.size': 10 } },
  'seaborn-talk': { values: { 'font.size': 14 } },
  'seaborn-poster': { values: { 'font.size': 18, 'lines.linewidth': 2.8 } },
  fivethirtyeight: {
    values: {
      'axes.grid': true,
      'axes.facecolor': '#f0f0f0',
      'figure.facecolor': '#f0f0f0',
      'axes.edgecolor': '#f0f0f0',
      'lines.linewidth': 4,
      'font.size': 14,
      'grid.color': '#cbcbcb',
      'axes.axisbelow': true,
    },
    cycle: ['#008fd5', '#fc4f30', '#e5ae38', '#6d904f', '#8b8b8b', '#810f7c'],
  },
  bmh: {
    values: {
      'axes.grid': true,
      'axes.facecolor': '#eeeeee',
      'axes.edgecolor': '#bcbcbc',
      'grid.color': '#b2b2b2',
      'grid.linestyle': '--',
      'lines.linewidth': 2,
    },
    cycle: [
      '#348ABD',
      '#A60628',
      '#7A68A6',
      '#467821',
      '#D55E00',
      '#CC79A7',
      '#56B4E9',
      '#009E73',
      '#F0E442',
      '#0072B2',
    ],
  },
  grayscale: {
    values: { 'image.cmap': 'gray', 'figure.facecolor': '0.75' },
    cycle: ['#000000', '#666666', '#999999', '#b2b2b2'],
  },
  dark_background: {
    values: {
      'axes.facecolor': 'black',
      'figure.facecolor': 'black',
      'axes.edgecolor': 'white',
      'axes.labelcolor': 'white',
      'text.color': 'white',
      'xtick.color': 'white',
      'ytick.color': 'white',
      'grid.color': 'white',
    },
    cycle: [
      '#8dd3c7',
      '#feffb3',
      '#bfbbd9',
      '#fa8174',
      '#81b1d2',
      '#fdb462',
      '#b3de69',
      '#bc82bd',
      '#ccebc4',
      '#ffed6f',
    ],
  },
  'tableau-colorblind10': {
    values: {},
    cycle: [
      '#006BA4',
      '#FF800E',
      '#ABABAB',
      '#595959',
      '#5F9ED1',
      '#C85200',
      '#898989',
      '#A2C8EC',
      '#FFBC79',
      '#CFCFCF',
    ],
  },
  fast: { values: {} },
};

/** Styles of later releases' names. */
export const renamed = (name: string): string => name.replace(/^seaborn-v0_8(?=$|-)/, 'seaborn');

export const styleNames = (): string[] =>
  Object.keys(STYLES)
    .filter((name) => name !== 'default')
    .sort();
