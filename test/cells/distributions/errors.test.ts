import { followsTorch } from '../recorded.ts';

followsTorch(new URL('./data/errors.json', import.meta.url));
