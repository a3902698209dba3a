import { followsTorch } from '../recorded.ts';

followsTorch(new URL('./data/transforms.json', import.meta.url));
