// A machine on which the C library can't be called: the environment of a program that finds no koffi.
import { withPreload } from '../src/cli/command-workspace.js';

export const NO_LIBRARY = withPreload(`
  import Module from 'node:module';
  const load = Module._load;
  Module._load = function (request, ...rest) {
    if (request === 'koffi') throw new Error('no addon for this machine');
    return Reflect.apply(load, this, [request, ...rest]);
  };`);
