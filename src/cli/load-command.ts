// Which code runs a command; it is loaded when it is needed.
import type { Command } from './command.js';
import type { CommandName } from './command-table.js';

const LOADERS: Readonly<Record<CommandName, () => Promise<Command>>> = {
  init: async () => (await import('./init-command.js')).initCommand,
  save: async () => (await import('./save-command.js')).saveCommand,
  list: async () => (await import('./list-command.js')).listCommand,
  show: async () => (await import('./show-command.js')).showCommand,
  cat: async () => (await import('./cat-command.js')).catCommand,
  find: async () => (await import('./find-command.js')).findCommand,
  diff: async () => (await import('./diff-command.js')).diffCommand,
  status: async () => (await import('./status-command.js')).statusCommand,
  restore: async () => (await import('./restore-command.js')).restoreCommand,
  rollback: async () => (await import('./rollback-command.js')).rollbackCommand,
  undo: async () => (await import('./rollback-command.js')).undoCommand,
  redo: async () => (await import('./rollback-command.js')).redoCommand,
  guard: async () => (await import('./guard-command.js')).guardCommand,
  confirm: async () => (await import('./confirm-command.js')).confirmCommand,
  cancel: async () => (await import('./confirm-command.js')).cancelCommand,
  watchdog: async () => (await import('./watchdog-command.js')).watchdogCommand,
  recover: async () => (await import('./recover-command.js')).recoverCommand,
  log: async () => (await import('./log-command.js')).logCommand,
  verify: async () => (await import('./verify-command.js')).verifyCommand,
  retain: async () => (await import('./retain-command.js')).retainCommand,
  forget: async () => (await import('./points-command.js')).forgetCommand,
  'recover-point': async () => (await import('./points-command.js')).recoverPointCommand,
  pin: async () => (await import('./points-command.js')).pinCommand,
  unpin: async () => (await import('./points-command.js')).unpinCommand,
  gc: async () => (await import('./gc-command.js')).gcCommand,
  stats: async () => (await import('./stats-command.js')).statsCommand,
  mount: async () => (await import('./mount-command.js')).mountCommand,
  umount: async () => (await import('./mount-command.js')).unmountCommand,
  'bundle create': async () => (await import('./bundle-command.js')).bundleCreateCommand,
  'bundle restore': async () => (await import('./bundle-command.js')).bundleRestoreCommand,
  'bundle verify': async () => (await import('./bundle-command.js')).bundleVerifyCommand,
  'git export': async () => (await import('./git-command.js')).gitExportCommand,
  'git push': async () => (await import('./git-remote-command.js')).gitPushCommand,
  'git fetch': async () => (await import('./git-remote-command.js')).gitFetchCommand,
  'git import': async () => (await import('./git-import-command.js')).gitImportCommand,
  serve: async () => (await import('./serve-command.js')).serveCommand,
  install: async () => (await import('./install-command.js')).installCommand,
  uninstall: async () => (await import('./install-command.js')).uninstallCommand,
  completion: async () => (await import('./completion-command.js')).completionCommand,
  doctor: async () => (await import('./doctor-command.js')).doctorCommand,
  help: async () => (await import('./help-command.js')).helpCommand,
};

export function loadCommand(name: CommandName): Promise<Command> {
  return LOADERS[name]();
}
