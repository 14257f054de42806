// The cutting rule read off the docstring of `createChunkCutter`, word by word and without any haste.
// It shares no code with the implementation, so that the two can only agree by saying the same.
import type { ChunkingParameters } from '#store/chunking/chunk-cutter.js';

/** The lengths of the chunks of `bytes`, all of which are there. */
export function cutByWrittenRule(bytes: Uint8Array, parameters: ChunkingParameters): number[] {
  const gear = splitMix64(parameters.seed);
  const lengths: number[] = [];
  for (let start = 0; start < bytes.length; start += lengths[lengths.length - 1]) {
    lengths.push(firstChunk(bytes.subarray(start), parameters, gear));
  }
  return lengths;
}

function firstChunk(input: Uint8Array, parameters: ChunkingParameters, gear: bigint[]): number {
  const { minimumBytes, averageBytes, maximumBytes } = parameters;
  const deadline = Math.min(2 * averageBytes - minimumBytes, maximumBytes);
  const isClear = (hash: bigint) => hash < 2n ** 32n / BigInt(averageBytes);
  const isCandidate = (hash: bigint) => hash < 2n ** 38n / BigInt(averageBytes);
  const cuts: { length: number; hash: bigint }[] = [];
  for (let length = minimumBytes; length <= Math.min(input.length, maximumBytes); length++) {
    cuts.push({ length, hash: hashAt(input, length - 1, gear) });
  }
  const early = cuts.filter(({ length }) => length < deadline);
  const clear = early.find(({ hash }) => isClear(hash));
  if (clear) return clear.length;
  if (input.length < deadline) return input.length;
  const candidates = early.filter(({ hash }) => isCandidate(hash));
  const late = cuts.find(({ length, hash }) => length >= deadline && isCandidate(hash));
  const lowest = candidates.sort(
    (left, right) => Number(left.hash - right.hash) || right.length - left.length,
  )[0];
  return (lowest ?? late)?.length ?? Math.min(input.length, maximumBytes);
}

function hashAt(input: Uint8Array, offset: number, gear: bigint[]): bigint {
  let sum = 0n;
  for (let k = 0; k < 64; k++) sum += gear[input[offset - k]] << BigInt(k);
  return BigInt.asUintN(64, sum) >> 32n;
}

function splitMix64(seed: number): bigint[] {
  return Array.from({ length: 256 }, (_, index) => {
    let z = BigInt.asUintN(64, BigInt(seed) + 0x9e3779b97f4a7c15n * BigInt(index + 1));
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  });
}
