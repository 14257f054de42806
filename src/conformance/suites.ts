// What the package exports as `savepoint/conformance`: for whoever writes an adapter or a backend, whether it does what it has to.
export {
  type ConformanceRunner,
  describeStateAdapter,
  type StateScene,
} from './describe-state-adapter.js';
export { type BackendPlace, describeStorageBackend } from './describe-storage-backend.js';
