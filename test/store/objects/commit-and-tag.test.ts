// Our commits and annotated tags against git's own, and what is neither.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodePlatform } from '#adapters/node/node-platform.js';
import type { ObjectFormat, ObjectId } from '#store/object-id.js';
import {
  type Commit,
  encodeCommit,
  encodeTag,
  parseCommit,
  parseTag,
  type Tag,
} from '#store/objects/commit-and-tag.js';
import { hashObject } from '#store/objects/object-header.js';
import { encodeTree } from '#store/objects/tree.js';
import { GitRepository } from './git-repository.js';

const platform = await createNodePlatform();
const FORMATS: ObjectFormat[] = ['sha1', 'sha256'];
const AUTHOR = { name: 'Ada L.', email: 'ada@host', timeSeconds: 1_700_000_000 };
const refusal = expect.objectContaining({ code: 'OBJECT_CORRUPT' });
const zeros = (format: ObjectFormat) => '0'.repeat(format === 'sha1' ? 40 : 64) as ObjectId;
const textOf = (content: Uint8Array) => Buffer.from(content).toString();

/** Texts that people give themselves and their points, as far as a command line can pass them on. */
const word = fc.string({
  unit: fc.constantFrom('a', 'Z', ' ', 'é', '<', '>', '\n', '.', '"', '😀'),
  maxLength: 12,
});
const identity = fc.record({ name: word, email: word, timeSeconds: fc.integer({ min: 0, max: 4e9 }) });
const message = fc.string({ unit: fc.constantFrom('a', '\n', 'é', ':', ' '), maxLength: 30 });

describe.each(FORMATS)('commits and tags of a %s store', (format) => {
  it('pass git’s strict check under our ids, whatever their authors and messages are', () => {
    const git = new GitRepository(format);
    const tree = git.write('tree', encodeTree([], format)) as ObjectId;
    let parents: ObjectId[] = [];
    for (const [author, text] of fc.sample(fc.tuple(identity, message), { numRuns: 12, seed: 3 })) {
      const commit = encodeCommit({ tree, parents, author, message: text });
      const id = hashObject(platform, format, { kind: 'commit', content: commit });
      expect(git.write('commit', commit)).toBe(id);
      const tag = encodeTag({
        object: id,
        kind: 'commit',
        name: 'points/a.b-c',
        tagger: author,
        message: text,
      });
      expect(git.write('tag', tag)).toBe(hashObject(platform, format, { kind: 'tag', content: tag }));
      parents = parents.length > 2 ? [id] : [...parents, id];
    }
    git.check();
  });

  it('say to git what they say to us', () => {
    const git = new GitRepository(format);
    const tree = git.write('tree', encodeTree([], format)) as ObjectId;
    const content = encodeCommit({ tree, parents: [], author: AUTHOR, message: 'Before\n\nthe update' });
    const commit = git.write('commit', content) as ObjectId;
    expect(git.run(['log', '-1', '--format=%T|%an|%ae|%at|%cn|%B', commit])).toBe(
      `${tree}|Ada L.|ada@host|1700000000|Ada L.|Before\n\nthe update`,
    );
    const tag = encodeTag({ object: commit, kind: 'commit', name: 'one', tagger: AUTHOR, message: 'Before' });
    git.run(['update-ref', 'refs/tags/one', git.write('tag', tag)]);
    const fields = '--format=%(objecttype) %(object) %(taggername) %(taggerdate:unix) %(subject)';
    expect(git.run(['for-each-ref', fields])).toBe(`tag ${commit} Ada L. 1700000000 Before`);
  });

  it('give back what was put in', () => {
    const commit: Commit = {
      tree: zeros(format),
      parents: [zeros(format)],
      author: AUTHOR,
      message: 'a\n\nb\n',
    };
    expect(parseCommit(encodeCommit(commit), format)).toEqual(commit);
    const tag: Tag = { object: zeros(format), kind: 'tree', name: 'é', tagger: AUTHOR, message: '\n\n' };
    expect(parseTag(encodeTag(tag), format)).toEqual(tag);
  });

  it('are refused at each length at which they are cut before their message', () => {
    const commit = encodeCommit({
      tree: zeros(format),
      parents: [zeros(format)],
      author: AUTHOR,
      message: '',
    });
    const tag = encodeTag({ object: zeros(format), kind: 'commit', name: 'a', tagger: AUTHOR, message: '' });
    for (let length = 0; length < commit.length - 1; length++) {
      expect(() => parseCommit(commit.subarray(0, length), format), `commit of ${length} bytes`).toThrow(
        refusal,
      );
    }
    for (let length = 0; length < tag.length - 1; length++) {
      expect(() => parseTag(tag.subarray(0, length), format), `tag of ${length} bytes`).toThrow(refusal);
    }
  });

  it('are refused where a line is missing, or is not what it has to be', () => {
    const commit = textOf(
      encodeCommit({ tree: zeros(format), parents: [zeros(format)], author: AUTHOR, message: 'm' }),
    );
    const tag = textOf(
      encodeTag({ object: zeros(format), kind: 'blob', name: 'a', tagger: AUTHOR, message: 'm' }),
    );
    const wrongCommits = [
      commit.replace(/tree .*\n/, ''),
      commit.replace(/author .*\n/, ''),
      commit.replace('tree 0', 'tree g'),
      commit.replace('tree 0', 'tree '),
      commit.replace('parent 0', 'parent 00'),
      commit.replace('+0000', 'UTC'),
    ];
    const wrongTags = [
      ...[/object .*\n/, /type .*\n/, /tag .*\n/, /tagger .*\n/].map((line) => tag.replace(line, '')),
      tag.replace('object 0', 'object 00'),
      tag.replace('type blob', 'type knob'),
      tag.replace('<', ''),
    ];
    for (const wrong of wrongCommits)
      expect(() => parseCommit(Buffer.from(wrong), format), wrong).toThrow(refusal);
    for (const wrong of wrongTags) expect(() => parseTag(Buffer.from(wrong), format), wrong).toThrow(refusal);
  });
});

describe('an identity', () => {
  it('comes back with line ends that are none to git', () => {
    const author = { name: 'A\u2028B', email: 'a\u2029\r@b', timeSeconds: 1 };
    const tree = zeros('sha1');
    const commit = { tree, parents: [], author, message: 'm\n' };
    expect(parseCommit(encodeCommit(commit), 'sha1').author).toEqual(author);
  });

  it('loses what git could not read back, and is never empty', () => {
    const author = { name: ' <A\n>\0', email: '<>', timeSeconds: 5 };
    const content = encodeCommit({ tree: zeros('sha1'), parents: [], author, message: 'm' });
    expect(textOf(content)).toContain('author A <unknown> 5 +0000\ncommitter A <unknown> 5 +0000\n\nm\n');
    expect(parseCommit(content, 'sha1').author).toEqual({ name: 'A', email: 'unknown', timeSeconds: 5 });
  });
});
