// The order of the test files: those that take longest first, so that none is left to one worker in the end; those that need a
// Debian system behind others, as it is being made meanwhile (prepare-systems.ts).
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each takes more than half a minute; all others follow by their size. */
const LONGEST = [
  'simulation/real-trees',
  'simulation/kill-rollback',
  'src/guard/guard-troubles',
  'src/guard/guard',
  'conformance/manifest-adapter',
  'adapters/manifest/supervisord',
  'examples/examples',
  'src/cli/main',
  'simulation/lesser-systems',
  'simulation/byte-flips',
  'src/cli/care-commands',
  'src/guard/guard-killed',
  'conformance/packages-adapter',
  'conformance/systemd-adapter',
  'scenarios/guard-packages',
  'adapters/packages/roll-back-packages',
  'adapters/packages/refuse-packages',
  'adapters/systemd/restore-units',
  'adapters/systemd/judge-units',
  'adapters/security/way-in',
  'simulation/installed-units',
  'simulation/boot',
  'conformance/security-adapter',
  'conformance/kernel-adapter',
  'scenarios/host-services',
  'simulation/model',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return place < 0 ? LONGEST.length : place;
    };
    return others.sort((left, right) => placeOf(left) - placeOf(right));
  }
}
