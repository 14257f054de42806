// Names in `after` and `priority` are those of components that are there, and no components wait for each other.
import { describe, expect, it } from 'vitest';
import { ETC, expectRefusal, lines, refusalOf } from './expect-refusal.js';

describe('a name', () => {
  it('in after must be that of a component', () => {
    expectRefusal(
      ['components:', ETC, '  app: { kind: files, paths: [/a], after: [etc, ect] }'],
      { at: [3, 49], path: 'components.app.after[1]' },
      { expected: 'the name of a component (etc or app)', found: "'ect'", nearest: ['etc'] },
    );
  });

  it('in priority must be that of a component or a category', () => {
    expectRefusal(
      ['components:', ETC, 'guard: { priority: [kernel, etc, kernal] }'],
      { at: [3, 34], path: 'guard.priority[2]' },
      { found: "'kernal'", nearest: ['kernel'] },
    );
  });
});

describe('a circle', () => {
  it('is named, and placed at an after that closes it', () => {
    const text = [
      'components:',
      '  web:',
      '    kind: files',
      '    paths: [/web]',
      '    after: [app]',
      '  app: { kind: files, paths: [/app], after: [db] }',
      '  db: { kind: files, paths: [/db], after: [app] }',
    ];
    const place = { at: [6, 46], path: 'components.app.after[0]' } as const;
    expectRefusal(text, place, { expected: 'an order without a circle', found: 'app after db after app' });
    expect(refusalOf(lines(...text)).message).toContain("Take one of these out of its 'after'.");
  });

  it('of one component is one too', () => {
    const text = ['components:', '  web: { kind: files, paths: [/web], after: [web] }'];
    expectRefusal(text, { at: [2, 46], path: 'components.web.after[0]' }, { found: 'web after web' });
  });
});
