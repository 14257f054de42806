// Failed calls become coded errors that name the call, the path and the errno.
import { expect, test } from 'vitest';
import { errnoName, errnoOf, isPosixError, posixError } from '#adapters/node/posix-error.js';

test.each([
  ['EACCES', 13, 'PERMISSION_DENIED'],
  ['EPERM', 1, 'PERMISSION_DENIED'],
  ['EROFS', 30, 'PERMISSION_DENIED'],
  ['ENOSPC', 28, 'STORAGE_FULL'],
  ['EDQUOT', 122, 'STORAGE_FULL'],
  ['ENOSYS', 38, 'UNSUPPORTED'],
  ['ENOTSUP', 95, 'UNSUPPORTED'],
  ['EEXIST', 17, 'TARGET_CONFLICT'],
  ['ENOTEMPTY', 39, 'TARGET_CONFLICT'],
  ['ELOOP', 40, 'TARGET_CONFLICT'],
  ['ENOENT', 2, 'STORAGE_FAILED'],
  ['EIO', 5, 'STORAGE_FAILED'],
  ['EAGAIN', 11, 'STORAGE_FAILED'],
  ['errno 4242', 4242, 'STORAGE_FAILED'],
])('%s is %i and becomes %s', (name, errno, code) => {
  expect(errnoName(errno)).toBe(name);
  const error = posixError({ syscall: 'renameat', errno, path: '/srv/app' });
  expect(error).toMatchObject({ code, fields: { path: '/srv/app', errno: name, syscall: 'renameat' } });
  expect(error.message).toMatch(`renameat failed on '/srv/app' (${name}): `);
});

test('an error is known by its errno', () => {
  const error = posixError({ syscall: 'openat', errno: 2, path: 'x' });
  expect(isPosixError(error, 'EEXIST', 'ENOENT')).toBe(true);
  expect(isPosixError(error, 'EEXIST')).toBe(false);
  expect(isPosixError(new Error('ENOENT'), 'ENOENT')).toBe(false);
});

test('the errno of an error of node:fs is found, and no other error passes for one', () => {
  expect(errnoOf(Object.assign(new Error('gone'), { errno: -2, code: 'ENOENT' }))).toBe(2);
  const bug = new TypeError('a bug');
  expect(() => errnoOf(bug)).toThrow(bug);
});
