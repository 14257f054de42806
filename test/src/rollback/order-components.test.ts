// The order of components: after what they depend on, critical ones first, and circles are named.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dependent, dependantsLeftNewer, orderComponents } from '#src/rollback/order-components.js';

const component = (name: string, dependsOn: readonly string[] = [], critical = false): Dependent => ({
  ...{ name, dependsOn, critical },
});
const namesOf = (components: readonly Dependent[]) => components.map(({ name }) => name);

describe('components', () => {
  it('come after what they depend on', () => {
    const all = [
      component('web', ['app', 'etc']),
      component('app', ['db']),
      component('db'),
      component('etc'),
    ];
    expect(namesOf(orderComponents(all))).toEqual(['db', 'app', 'etc', 'web']);
  });

  it('that are critical come first among those that are ready', () => {
    const all = [component('a'), component('z', [], true), component('b', ['z'], true)];
    expect(namesOf(orderComponents(all))).toEqual(['z', 'b', 'a']);
  });

  it('that have priority, by name or category, come before critical ones, and after what they depend on', () => {
    const all = [
      component('a', [], true),
      component('b'),
      { ...component('k', ['b']), category: 'kernel' },
      component('z'),
    ];
    expect(namesOf(orderComponents(all, ['kernel', 'z']))).toEqual(['z', 'a', 'b', 'k']);
    expect(namesOf(orderComponents(all, ['b', 'kernel']))).toEqual(['b', 'k', 'a', 'z']);
  });

  it('that wait for one which is not among them wait for nothing', () => {
    expect(namesOf(orderComponents([component('web', ['app'])]))).toEqual(['web']);
  });

  it('in a circle are refused, and the circle is named', () => {
    const all = [component('a', ['b']), component('b', ['c']), component('c', ['b']), component('d')];
    expect(() => orderComponents(all)).toThrow(/b after c after b/);
  });

  it('are all there, each after what it depends on, whatever they look like', () => {
    const graph = fc.array(fc.array(fc.nat(9), { maxLength: 4 }), { maxLength: 10 }).map((edges) =>
      // Only towards smaller numbers: no circles.
      edges.map((to, number) => component(String(number), to.filter((each) => each < number).map(String))),
    );
    fc.assert(
      fc.property(graph, fc.nat(), (all, rotation) => {
        const turned = all.map((_, index) => all[(index + rotation) % all.length]);
        const ordered = namesOf(orderComponents(turned));
        expect([...ordered].sort()).toEqual(namesOf(all).sort());
        for (const { name, dependsOn } of all)
          for (const each of dependsOn) expect(ordered.indexOf(each)).toBeLessThan(ordered.indexOf(name));
      }),
    );
  });
});

describe('components that stay', () => {
  it('newer than one that goes back are named, over any number of steps', () => {
    const all = [component('etc'), component('app', ['etc']), component('web', ['app']), component('other')];
    expect(dependantsLeftNewer(all, new Set(['etc']))).toEqual(['app', 'web']);
    expect(dependantsLeftNewer(all, new Set(['etc', 'app', 'web']))).toEqual([]);
    expect(dependantsLeftNewer(all, new Set(['web']))).toEqual([]);
  });
});
