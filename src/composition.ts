// The composition root: the only file that knows which platform, storage backend and adapters there are. Everything
// else in src/ gets them from here.
import { pathToFileURL } from 'node:url';
import { createDiskBackend } from '../adapters/backends/disk-backend.js';

export { DecodingChannel } from '../adapters/backends/decoding-channel.js';
export type { DecodingEnd } from '../adapters/backends/decoding-messages.js';
export { DecodingRequests } from '../adapters/backends/decoding-requests.js';
export { createDurableFile, type DurableFile } from '../adapters/backends/durable-file.js';
export { checkStoredName } from '../adapters/backends/stored-name.js';
export { canBeAsked, createTemporaryName, isAbandoned } from '../adapters/backends/temporary-name.js';
export { VolatileLines } from '../adapters/backends/volatile-lines.js';
export { VolatileLinesReader } from '../adapters/backends/volatile-lines-reader.js';

import { createNodePlatform } from '../adapters/node/node-platform.js';
import type { StateAdapter } from '../adapters/state/state-adapter.js';
import type { StoreEnvironment } from '../store/store.js';

export { checkFiles, type NotChecked } from '../adapters/config/check-files.js';
export type { KeyChange } from '../adapters/config/compare-entries.js';
export { diffKeys } from '../adapters/config/config-file.js';
export { copyKey } from '../adapters/config/copy-key.js';
export { loadFormats } from '../adapters/config/find-format.js';
export { applyChange, type ChangeOutcome } from '../adapters/files/apply-change.js';
export { applyRestore } from '../adapters/files/apply-restore.js';
export { applySwap } from '../adapters/files/apply-swap.js';
export {
  ATTRIBUTES_NAME,
  attributeTreeName,
  type DirectoryAttributes,
  directoryName,
  encodeAttributes,
  type FileAttributes,
  parseAttributes,
  type StoredFileType,
} from '../adapters/files/attributes.js';
export type { CaptureCounts } from '../adapters/files/capture-counts.js';
export { type CapturedTree, captureTree } from '../adapters/files/capture-tree.js';
export type {
  ChangePlace,
  ChangeStep,
  PreparedChange,
  PreparedSwap,
  SwapPlace,
} from '../adapters/files/change-record.js';
export { removeChangeStaging } from '../adapters/files/change-staging.js';
export { compareAttributes } from '../adapters/files/compare-attributes.js';
export { type CapturePool, createCapturePool } from '../adapters/files/create-capture-pool.js';
export { compileExcludes } from '../adapters/files/exclude.js';
export { type Graft, type MetadataSink, plainDirectory } from '../adapters/files/finish-directory.js';
export { listStaged, listStagedSwap } from '../adapters/files/list-staged.js';
export {
  findRealPath,
  isInside,
  joinPath,
  nearestRealPath,
  nodePath,
  realPath,
} from '../adapters/files/node-path.js';
export { readOwnerNames } from '../adapters/files/owner-names.js';
export {
  type PlannedChange,
  planChange,
  stageChange,
} from '../adapters/files/prepare-change.js';
export { planSwap, type SwapOptions, sealSwap, stageSwap } from '../adapters/files/prepare-swap.js';
export { openForReading } from '../adapters/files/read-stable.js';
export { replaceContent } from '../adapters/files/replace-content.js';
export type { RestoreStep } from '../adapters/files/restore-step.js';
export { rewriteStaged } from '../adapters/files/rewrite-staged.js';
export { type Expectation, sealChange } from '../adapters/files/seal-change.js';
export { type SidecarFile, SidecarFinder } from '../adapters/files/sidecars-at.js';
export type { StagePlan } from '../adapters/files/stage-plan.js';
export type { DirectoryIds } from '../adapters/files/stat-cache.js';
export { FileStatCaches, isSoundCacheFile } from '../adapters/files/stat-cache-files.js';
export { statPath } from '../adapters/files/stat-path.js';
export { readLongWord, STATUS_WORDS, WORD } from '../adapters/files/status-words.js';
export { swapObstacle } from '../adapters/files/swap-obstacle.js';
export { removeSwapStaging } from '../adapters/files/swap-staging.js';
export { ContentStorer } from '../adapters/fuse/content-storer.js';
export { closeFuseDevice, FUSE_TYPE } from '../adapters/fuse/fuse-device.js';
export {
  type FuseAttributes,
  type FuseChild,
  FuseError,
  type FuseFileSystem,
  type ReadRange,
} from '../adapters/fuse/fuse-file-system.js';
export { closeMount, findMountObstacle, openMount } from '../adapters/fuse/fuse-mount.js';
export { serveFuse } from '../adapters/fuse/serve-fuse.js';
export { StoringChannel } from '../adapters/fuse/storing-channel.js';
export {
  type BareRepository,
  openBareRepository,
  readOwnFile,
  readPresentObjects,
  readRefs,
  writeOwnFile,
} from '../adapters/git/bare-repository.js';
export { fetchPack } from '../adapters/git/fetch-pack.js';
export { gitEnvironment } from '../adapters/git/git-environment.js';
export type { GitRemote, RemoteRefs } from '../adapters/git/git-remote.js';
export type {
  GitObject,
  GitRepository,
  GitTagRef,
} from '../adapters/git/git-repository.js';
export { listRemoteRefs } from '../adapters/git/list-remote-refs.js';
export { openGitRepository } from '../adapters/git/open-git-repository.js';
export type { PackedObjects, PackedPiece, PackingFormats } from '../adapters/git/pack-block.js';
export { PackFile } from '../adapters/git/pack-file.js';
export { packLargeObject } from '../adapters/git/pack-large-object.js';
export { createPackingThreads, type PackingThreads } from '../adapters/git/packing-threads.js';
export type { PresentObjects } from '../adapters/git/present-objects.js';
export { pushRefs, type RefCommand } from '../adapters/git/push-refs.js';
export { receivePack } from '../adapters/git/receive-pack.js';
export { corruptRepository } from '../adapters/git/repository-error.js';
export { type SigningOptions, signText } from '../adapters/git/sign-text.js';
export { type RefChange, updateRefs } from '../adapters/git/update-refs.js';
export { findMountUsers, type MountUser } from '../adapters/kernel/find-mount-users.js';
export { readMountTable } from '../adapters/kernel/mount-table.js';
export { createBreather } from '../adapters/node/breathe.js';
export {
  makeDirectories,
  missingDirectories,
  removeEmptyDirectories,
} from '../adapters/node/make-directories.js';
export {
  endMarkedProcesses,
  identifyProcess,
  type ProcessIdentity,
  type RunningProcess,
} from '../adapters/node/marked-processes.js';
export { closeDescriptor } from '../adapters/node/posix-directory.js';
export { findPosixLibrary as loadLibrary, posixCapabilities } from '../adapters/node/posix-library.js';
export { readStatus } from '../adapters/node/posix-status.js';
export { hasXattrCalls, setXattr } from '../adapters/node/posix-xattr.js';
export { captureDocuments } from '../adapters/state/capture-documents.js';
export {
  isDocumentPath,
  OBSERVED_NAME,
  STATE_NAME,
  writeDocumentRoot,
} from '../adapters/state/document-tree.js';
export { readLater, readRows } from '../adapters/state/read-rows.js';
export type {
  ApplyContext,
  AttemptContext,
  CaptureContext,
  FileSelection,
  JsonObject,
  JsonValue,
  RowsDocument,
  SegmentEntry,
  StageContext,
  StagedView,
  StateAdapter,
  StateComparison,
  StateContext,
  StateDocument,
  StateHealth,
  StateInstant,
  StatePlan,
  StateProblem,
  StateReader,
  StateStep,
  UnchangedDocuments,
} from '../adapters/state/state-adapter.js';
export type { StateTables, TableDifference, TableRow } from '../adapters/state/state-tables.js';
export { killGroup, runProgram } from '../adapters/system/run-program.js';
export { askManager, isBooted, isManaged } from '../adapters/system/service-manager.js';
export type { StagedChange } from '../adapters/system/staged-change.js';
export { openStagedView } from '../adapters/system/staged-view.js';
export {
  findSystemFile,
  removeAbandonedFiles,
  removeSystemFiles,
  toSystemError,
  writeSystemFiles,
} from '../adapters/system/system-files.js';
export { tellSystemd } from '../adapters/systemd/ask-systemd.js';
export { runsInBootJob } from '../adapters/systemd/boot-job.js';

/** The platform of this runtime. */
export const createPlatform = () => createNodePlatform();

/** The platform of this runtime, and the directory `location` as storage. */
export async function createEnvironment(options: {
  location: string;
  readOnly: boolean;
}): Promise<StoreEnvironment> {
  const backend = createDiskBackend({ directory: options.location, readOnly: options.readOnly });
  return { backend, platform: await createNodePlatform() };
}

/** This version's own state adapters, by kind: each is loaded when it is needed. */
const STATE_ADAPTERS: Readonly<Record<string, () => Promise<StateAdapter>>> = {
  kernel: async () => (await import('../adapters/kernel/kernel-adapter.js')).kernelAdapter,
  packages: async () => (await import('../adapters/packages/packages-adapter.js')).packagesAdapter,
  security: async () => (await import('../adapters/security/security-adapter.js')).securityAdapter,
  systemd: async () => (await import('../adapters/systemd/systemd-adapter.js')).systemdAdapter,
  manifest: async () => (await import('../adapters/manifest/manifest-adapter.js')).manifestAdapter,
  postgres: async () => (await import('../adapters/postgres/postgres-adapter.js')).postgresAdapter,
  mariadb: async () => (await import('../adapters/mariadb/mariadb-adapter.js')).mariadbAdapter,
  sqlite: async () => (await import('../adapters/sqlite/sqlite-adapter.js')).sqliteAdapter,
  redis: async () => (await import('../adapters/redis/redis-adapter.js')).redisAdapter,
};

export async function loadStateAdapter(kind: string): Promise<StateAdapter | undefined> {
  return Object.hasOwn(STATE_ADAPTERS, kind) ? STATE_ADAPTERS[kind]() : undefined;
}

/** What the module at an absolute path exports. Throws what loading it throws. */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  return import(pathToFileURL(path).href);
}
