import { walkEveryTriple } from './walk-every-triple.ts';

walkEveryTriple('nothing registered');
