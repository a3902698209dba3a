import { followsTorch } from '../recorded.ts';

followsTorch(new URL('./data/divergences.json', import.meta.url));
