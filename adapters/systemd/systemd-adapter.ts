// The state of systemd units: their files, whether they are enabled or masked, and whether they run.
import type { StateAdapter } from '../state/state-adapter.js';
import { applyUnits, stopForChange } from './apply-units.js';
import { captureUnits } from './capture-units.js';
import { checkUnits } from './check-units.js';
import { compareUnits } from './compare-units.js';
import { stageUnits } from './stage-units.js';
import { selectUnitFiles } from './unit-files.js';
import { judgeUnits } from './unit-health.js';
import { watchUnits } from './watch-units.js';

export const systemdAdapter: StateAdapter = {
  kind: 'systemd',
  version: 1,
  category: 'service',
  supports: { restore: true },
  files: selectUnitFiles,
  capture: captureUnits,
  compare: compareUnits,
  stage: stageUnits,
  check: checkUnits,
  stop: stopForChange,
  apply: applyUnits,
  health: judgeUnits,
  watch: watchUnits,
};
