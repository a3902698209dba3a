/** The modules that come with the language: each runtime has its own. */
import type { PyModule } from '../values.ts';
import { mathModule } from './math.ts';
import { toolModule } from './tools.ts';

export const ownModule = (name: string): PyModule | undefined => (name === 'math' ? mathModule() : toolModule(name));
