// The codec in node:zlib keeps the contract on the runtimes that have it, and is not there on the others.
import zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { findNodeCodec } from '#adapters/node/node-zstd.js';
import { describeCodec } from '../../conformance/codec-conformance.js';

const codec = findNodeCodec();

test('is there exactly where the runtime has zstd', () => {
  expect(codec !== undefined).toBe('zstdCompressSync' in zlib);
});

if (codec !== undefined) describeCodec('the codec in node:zlib', () => codec);
