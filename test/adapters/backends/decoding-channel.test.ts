// The thread that decodes blocks ahead, asked by a thread that does not return to its event loop.
import { expect, onTestFinished, test } from 'vitest';
import { DecodingChannel } from '#adapters/backends/decoding-channel.js';
import { DecodingRequests } from '#adapters/backends/decoding-requests.js';
import type { BlockPlace } from '#store/blocks-ahead.js';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { waitFor } from '../../fixtures/wait-for.js';

async function openChannel() {
  const tree = await createSavedTree();
  for (let i = 0; i < 20; i++) tree.write(`f${i}`, `content ${i}\n`.repeat(1000));
  await tree.save('one');
  const { store, location } = tree.session;
  const channel = new DecodingChannel({ directory: location, format: store.format });
  onTestFinished(() => channel.stop());
  let starts = 0;
  const requests = new DecodingRequests(channel.end, () => {
    starts++;
    channel.start();
  });
  const index = await store.openIndex();
  const places: BlockPlace[] = index.state.segments.flatMap(({ front }) =>
    Array.from({ length: front.blockCount }, (_, number) => {
      const { pack, offset } = front.block(number);
      return { packId: front.packs[pack].id, offset };
    }),
  );
  return { tree, requests, places, starts: () => starts };
}

test('gives the blocks that were requested, in any order, with the hash of each record', async () => {
  const { tree, requests, places, starts } = await openChannel();
  expect(places.length).toBeGreaterThan(1);
  const [first] = places;
  expect(requests.take(first)).toBeUndefined();
  expect(starts()).toBe(0);
  for (const place of places) requests.request(place, undefined);
  // Nobody waits for a thread that has not begun.
  expect(requests.take(first)).toBeUndefined();
  await waitFor(() => Atomics.load(requests.end.replies, 0) > 0, 'the thread');
  const reader = await tree.session.store.openReader();
  for (const place of places.toReversed()) {
    const block = requests.take(place);
    if (block === undefined) throw new Error('a block is missing');
    expect(block.ids.length).toBeGreaterThan(0);
    expect(block.places.length).toBe(block.ids.length * 2);
    for (const id of block.ids) expect(await reader.read(id)).toBeDefined();
    requests.request(place, new Uint8Array(block.raw.buffer));
    expect(requests.take(place)?.ids).toEqual(block.ids);
  }
  expect(starts()).toBe(1);
});

test('where there is no block there is nothing to take', async () => {
  const { requests, places } = await openChannel();
  const [{ packId, offset }] = places;
  const missing = [
    { packId, offset: offset + 1 },
    { packId, offset: 1e9 },
    { packId: '0'.repeat(32), offset },
  ];
  for (const place of missing) requests.request(place, undefined);
  await waitFor(() => Atomics.load(requests.end.replies, 0) > 0, 'the thread');
  for (const place of missing) expect(requests.take(place)).toBeUndefined();
});
