// The public API of the package `savepoint`: what is exported here is kept stable, and the command line uses nothing else.
export type { Backend, BackendWriter, HeldFiles, ReadRange, StoredFile } from '../store/backend.js';
export type { CollectResult as GcResult } from '../store/collect/collect-garbage.js';
export { type ErrorCode, type ErrorFields, isSavepointError, SavepointError } from '../store/errors.js';
export type { ObjectFormat, ObjectId } from '../store/object-id.js';
export type {
  LoggedPoint,
  OperationEntry,
  OperationId,
  OperationKind,
  OperationOutcome,
} from '../store/operations/operation-entry.js';
export type { BundleDescription, BundledPoint, RequiredPoint } from './bundle/bundle-description.js';
export { openBundle, type SavepointBundles, verifyBundle } from './bundle/bundles.js';
export type {
  BundleProgress,
  BundleTarget,
  CreateBundleOptions,
  CreatedBundle,
} from './bundle/create-bundle.js';
export type { BundleSource, OpenBundle } from './bundle/open-bundle.js';
export type { RestoreBundleOptions, RestoredBundle } from './bundle/restore-bundle.js';
export type { RestoredPoint } from './bundle/restored-point.js';
export type { VerifiedBundle, VerifyBundleOptions } from './bundle/verify-bundle.js';
export type { CaptureSummary } from './capture-component.js';
export type { GcOptions } from './collect.js';
export type {
  ApplyContext,
  AttemptContext,
  CaptureContext,
  FileSelection,
  JsonObject,
  JsonValue,
  KeyChange,
  MountUser,
  NotChecked,
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
  StateTables,
  TableDifference,
  TableRow,
  UnchangedDocuments,
} from './composition.js';
export { checkStoredName } from './composition.js';
export type {
  Configuration,
  ConfiguredComponent,
  FileComponent,
  GuardPolicy,
  GuardTrigger,
  HealthCheck,
  HealthProbe,
  RetentionPolicy,
  StateComponent,
  TriggerRule,
} from './configuration/configuration.js';
export { parseDuration } from './configuration/parse-duration.js';
export type { ContentGrowth, ContentGrowthOptions } from './content-growth.js';
export type { ChangeKind } from './diff.js';
export type { DiffQuery, FileChange, FileChangeKind, FileState } from './diff-points.js';
export type { DoctorCheck, DoctorReport, DoctorVerdict } from './doctor.js';
export type { FindOptions, FindProblem, FoundFile } from './find.js';
export type { GitExport, GitExportOptions, GitPoint } from './git/export-points.js';
export type { GitFetchOptions, GitFetchResult } from './git/fetch-points.js';
export type { SavepointGit } from './git/git.js';
export type { GitImportResult } from './git/import-repository.js';
export type { GitImportOptions, GitImportProgress, ImportedPoint } from './git/imported-point.js';
export type {
  GitPushOptions,
  GitPushProgress,
  GitPushResult,
  PushedPoint,
  RefOutcome,
} from './git/push-points.js';
export type { GitLogin } from './git/remote-of.js';
export type { GitExportProgress } from './git/write-objects.js';
export type {
  GrowthOptions,
  GrowthProblem,
  GrowthSelection,
  PathGrowth,
  PointGrowth,
  StoreGrowth,
} from './growth/growth.js';
export type { ConfirmOptions, GuardAnswer } from './guard/confirm-guard.js';
export type { GuardFollowOptions, GuardStatus } from './guard/follow-guard.js';
export type { GuardOptions, GuardResult } from './guard/guard.js';
export type { GuardEvent } from './guard/guard-events.js';
export type { GuardState, RollbackTrigger } from './guard/guard-record.js';
export type { Change } from './guard/make-change.js';
export type { RecoveredGuard } from './guard/recover-guard.js';
export {
  type AnyHealthCheck,
  type CheckedHealth,
  checkHealth,
  type HealthReport,
} from './health/check-health.js';
export type { FunctionProbe, Probe } from './health/probe.js';
export type { PatientHealthCheck } from './health/wait-for-health.js';
export type { BootRecovery, BootRecoveryState } from './install/boot-recovery.js';
export type { FileDeed, LinkDeed } from './install/decide-installation.js';
export type { InstalledFile, InstalledLink, InstallResult } from './install/install.js';
export type { ManagerProblem } from './install/manage-units.js';
export type { InstallOptions } from './install/plan-installation.js';
export type { UninstallOptions, UninstallResult } from './install/uninstall.js';
export { install, uninstall } from './installation.js';
export type { LineCounts } from './line-hunks.js';
export type { Mount } from './mount/mount.js';
export type { BackgroundMount } from './mount/mount-in-background.js';
export type { MountProblem, UnreadableFile } from './mount/mount-news.js';
export type { BackgroundMountOptions, MountOptions } from './mount/mount-options.js';
export type { UnmountOptions } from './mount/unmount.js';
export { unmount } from './mount/unmount-directory.js';
export type { PatchOptions } from './patch.js';
export type {
  ComponentCategory,
  ComponentRecord,
  HealthLevel,
  PointProblem,
  PointRecord,
  TagSummary,
} from './point-record.js';
export type { Point } from './points.js';
export type { RecoverResult } from './recover.js';
export type { RemoveOptions } from './removed-points.js';
export type { RenameLimit, RenameOptions } from './renames/detect-renames.js';
export type { RestoredComponent, RestoreOptions, RestoreResult } from './restore.js';
export type { RestoredKey } from './restore-key.js';
export type { RetainedPoints, RetainOptions } from './retention/retain.js';
export type { CarriedOut } from './rollback/carry-out.js';
export type { FollowOptions } from './rollback/follow.js';
export type { OperationEvent } from './rollback/operation-event.js';
export type { RecoverOptions } from './rollback/recover.js';
export type { RollbackResult } from './rollback/rollback.js';
export type { RollbackOptions } from './rollback/rollback-options.js';
export type { RollbackProblem } from './rollback/rollback-problem.js';
export type { ProgressListener, RollbackPhase, RollbackProgress } from './rollback/rollback-progress.js';
export type { RedoOptions, UndoOptions } from './rollback/undo.js';
export {
  openRollbackSystem,
  type RecoveryPoint,
  type RecoveryPointId,
  type RecoveryPointOptions,
  type RollbackOperation,
  type RollbackOperationId,
  type RollbackRequest,
  type RollbackScope,
  type RollbackSystem,
  type RollbackSystemOptions,
  type SnapshotId,
} from './rollback-system.js';
export type { SaveOptions, SaveProgress, SaveResult } from './save.js';
export type {
  AutomaticRetention,
  ConfiguredSaveResult,
  SaveConfiguredOptions,
} from './save-configured.js';
export {
  doctor,
  initSavepoint,
  openSavepoint,
  readConfiguration,
  type SavePathOptions,
  type Savepoint,
} from './savepoint.js';
export type { SavepointChanges } from './savepoint-changes.js';
export type { SavepointFigures } from './savepoint-figures.js';
export { DEFAULT_LOCATION, findStoreLocation, type OpenOptions } from './session.js';
export type { ChildDetails, ComponentDetails, PathDetails, PointDetails } from './show.js';
export type { HistoryEntry } from './state/history.js';
export type { Agreement, ComponentInstants } from './state/instants.js';
export type { SavepointTables, TableRestoreOptions, TableSides } from './state/tables.js';
export type { PackStatistics, StoreStatistics } from './stats.js';
export type { Stoppable } from './stoppable.js';
export type { VerifyOptions, VerifyProblem, VerifyReport } from './verify.js';
export { VERSION } from './version.js';
export type {
  CommittedComponent,
  CommittedVolume,
  CommitVolumeOptions,
} from './view/commit/commit-volume.js';
export type { DiffVolumeOptions } from './view/commit/diff-volume.js';
export type { VolumeScope } from './view/commit/volume-components.js';
export type { ReadOnlyFs } from './view/fs/read-only-fs.js';
export type { GitVolume } from './view/git/mount-git.js';
export type { GitFs, OpenGitOptions } from './view/git/open-git.js';
export type { GlobOptions } from './view/glob-point.js';
export type { PointVolume } from './view/mount-point.js';
export type { PointFs } from './view/open-point-fs.js';
export type { OpenViewOptions } from './view/open-view.js';
export type { SavepointViews } from './view/views.js';
export type { WatchEvent } from './watchdog/watch-event.js';
export type { WatchOptions } from './watchdog/watch-host.js';
export type { PointServer, ServeOptions, ServeProblem } from './webdav/serve-webdav.js';
