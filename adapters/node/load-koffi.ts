// The foreign function interface, loaded on first use: it costs some milliseconds that many commands need not pay.
import { createRequire } from 'node:module';
import type * as koffi from 'koffi';

export type Koffi = typeof koffi;

/** Gives the package koffi, or throws whatever keeps it from loading. */
export type KoffiLoader = () => Koffi;

export const requireKoffi: KoffiLoader = () => {
  const require = createRequire(import.meta.url);
  return require('koffi') as Koffi;
};
