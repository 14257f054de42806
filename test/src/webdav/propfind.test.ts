// PROPFIND: what is told of files and directories, and requests that are refused.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import sax from 'sax';
import { expect, test } from 'vitest';
import { createSavedTree } from '../../fixtures/saved-tree.js';
import { type Answer, type ServedTree, serve } from './served-tree.js';

/** The properties of each resource, by the path of its URL; what it does not have under `404`. */
type Listing = Record<string, Record<string, string>>;

/** Throws where the answer is not XML, or an entity in it is unknown. */
function parse({ status, text }: Answer): Listing {
  expect(status).toBe(207);
  const parser = sax.parser(true, { xmlns: true });
  const listing: Listing = {};
  const open: string[] = [];
  let [href, content] = ['', ''];
  let properties: Record<string, string> = {};
  parser.onerror = (error) => {
    throw error;
  };
  parser.onopentag = (tag) => {
    const { uri, local } = tag as sax.QualifiedTag;
    open.push(uri === 'DAV:' ? local : `${uri}${local}`);
    content = '';
    if (open.length > 5) content = `<${local}>`;
    if (local === 'propstat') properties = {};
  };
  parser.ontext = (piece) => {
    content += piece;
  };
  parser.onclosetag = () => {
    const name = open.pop() as string;
    if (name === 'href') {
      href = content;
      listing[href] = {};
    } else if (open.at(-1) === 'prop') properties[name] = content;
    else if (name === 'status' && content.includes('200')) Object.assign(listing[href], properties);
    else if (name === 'status') listing[href]['404'] = Object.keys(properties).join(' ');
  };
  parser.write(text).close();
  return listing;
}

async function serveTree(): Promise<ServedTree> {
  const tree = await createSavedTree();
  tree.write('d/b', 'in d');
  tree.write('a.txt', 'content');
  tree.write(Buffer.concat([Buffer.from('odd \u0001'), Buffer.of(0xff), Buffer.from('&<')]), 'odd');
  chmodSync(join(tree.root, 'd/b'), 0o755);
  await tree.save('one');
  return serve(tree);
}

const find = (served: ServedTree, path: string, depth?: string, body = '') =>
  served.ask('PROPFIND', path, { headers: depth === undefined ? {} : { Depth: depth }, body });

const asking = (properties: string) =>
  `<?xml version="1.0"?><propfind xmlns="DAV:" xmlns:x="urn:x">${properties}</propfind>`;

test('a directory and what is in it, with the bytes of each name', async () => {
  const served = await serveTree();
  const listing = parse(await find(served, '/latest/tree', '1'));
  expect(Object.keys(listing)).toEqual([
    '/latest/tree/',
    '/latest/tree/a.txt',
    '/latest/tree/d/',
    '/latest/tree/odd%20%01%FF%26%3C',
  ]);
  expect(listing['/latest/tree/a.txt']).toMatchObject({
    ...{ resourcetype: '', displayname: 'a.txt', getcontentlength: '7', supportedlock: '' },
    getcontenttype: 'text/plain; charset=utf-8',
    getlastmodified: expect.stringMatching(/ GMT$/),
    'http://apache.org/dav/props/executable': 'F',
  });
  expect(listing['/latest/tree/d/']).toMatchObject({ resourcetype: '<collection>', displayname: 'd' });
  expect(listing['/latest/tree/d/']).not.toHaveProperty('getcontentlength');
  expect(listing['/latest/tree/odd%20%01%FF%26%3C']?.displayname).toBe('odd \ufffd\ufffd&<');
  for (const [path, { getetag }] of Object.entries(listing)) {
    if (path.endsWith('/')) continue;
    const { headers, text } = await served.ask('GET', path);
    expect([path, headers.etag, text.length > 0]).toEqual([path, getetag, true]);
  }
});

test('depth 0 is the resource alone; more than what is in it is refused, and so is what is not said', async () => {
  const served = await serveTree();
  expect(Object.keys(parse(await find(served, '/latest/tree/', '0')))).toEqual(['/latest/tree/']);
  expect(Object.keys(parse(await find(served, '/latest/tree/d/b', '1')))).toEqual(['/latest/tree/d/b']);
  expect(parse(await find(served, '/latest/tree/d/b', '0'))).toMatchObject({
    '/latest/tree/d/b': { 'http://apache.org/dav/props/executable': 'T' },
  });
  expect(Object.keys(parse(await find(served, '/', '1')))).toEqual([
    ...['/', '/by-name/', '/by-time/', '/latest/'],
  ]);
  for (const depth of ['infinity', undefined, '2']) {
    const { status, text } = await find(served, '/', depth);
    expect([status, text]).toEqual([403, expect.stringContaining('<D:propfind-finite-depth/>')]);
  }
  expect((await find(served, '/nothing', '0')).status).toBe(404);
});

test('only what is asked for is told, and what there is not is said', async () => {
  const served = await serveTree();
  const body = asking('<prop><getetag/><getcontentlength/><x:mine/><mine xmlns=""/></prop>');
  const listing = parse(await find(served, '/latest/tree/d', '1', body));
  expect(listing['/latest/tree/d/']).toEqual({ 404: 'urn:xmine mine getcontentlength getetag' });
  expect(Object.keys(listing['/latest/tree/d/b'] ?? {}).sort()).toEqual([
    '404',
    'getcontentlength',
    'getetag',
  ]);
  expect(listing['/latest/tree/d/b']?.['404']).toBe('urn:xmine mine');
  const names = parse(await find(served, '/latest/tree/d/b', '0', asking('<propname/>')));
  expect(names['/latest/tree/d/b']).toMatchObject({ getetag: '', getcontentlength: '' });
  const all = asking('<allprop/><include><x:mine/></include>');
  expect(parse(await find(served, '/latest/tree/d/b', '0', all))).toEqual(
    parse(await find(served, '/latest/tree/d/b', '0')),
  );
});

test.each([
  ['no XML', 'prop'],
  ['an end that is missing', '<propfind xmlns="DAV:"><prop>'],
  ['no propfind', '<other xmlns="DAV:"><prop/></other>'],
  ['no namespace', '<propfind><prop/></propfind>'],
  ['a prefix that is not bound', '<D:propfind><D:prop/></D:propfind>'],
  ['nothing asked for', '<propfind xmlns="DAV:"/>'],
  ['bytes that are not UTF-8', Buffer.from('<propfind xmlns="DAV:"><prop>\xff</prop></propfind>', 'latin1')],
  ['too many properties', asking(`<prop>${'<x:p/>'.repeat(300)}</prop>`)],
  [
    'entities',
    `<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop>&a;</prop></propfind>`,
  ],
])('a body with %s is refused', async (_, body) => {
  const served = await serveTree();
  const { status, text } = await served.ask('PROPFIND', '/', { headers: { Depth: '0' }, body });
  expect([status, text]).toEqual([400, expect.stringContaining("can't be used")]);
});

test('a body that is too long is refused, and the answer arrives', async () => {
  const served = await serveTree();
  const body = asking(`<prop>${' '.repeat(300_000)}<getetag/></prop>`);
  expect((await served.ask('PROPFIND', '/', { headers: { Depth: '0' }, body })).status).toBe(413);
  expect((await served.ask('PROPFIND', '/', { headers: { Depth: '0' } })).status).toBe(207);
});

test('a directory of many files is told whole', async () => {
  const tree = await createSavedTree();
  for (let number = 0; number < 1000; number++) tree.write(`many/file-${number}`, '');
  await tree.save('one');
  const served = await serve(tree, { point: 'one' });
  expect(Object.keys(parse(await find(served, '/tree/many/', '1')))).toHaveLength(1001);
});
