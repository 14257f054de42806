// Installing savepoint on a host, as the library offers it; the code is loaded when it is first used.
import type { InstallResult } from './install/install.js';
import type { InstallOptions } from './install/plan-installation.js';
import type { UninstallOptions, UninstallResult } from './install/uninstall.js';

/**
 * Has a host recover at boot, take points by a timer and before dpkg runs, and watch over changes: writes units of systemd and
 * a hook of apt, all or none, and nothing over what is not its own. Throws USAGE, UNSUPPORTED, PATH_NOT_FOUND,
 * TARGET_CONFLICT, PERMISSION_DENIED, and what reading the configuration throws.
 */
export async function install(options: InstallOptions = {}): Promise<InstallResult> {
  return (await import('./install/install.js')).install(options);
}

/**
 * Takes away what `install` wrote. Throws PATH_NOT_FOUND, PERMISSION_DENIED, and TARGET_CONFLICT where a file was kept, as it
 * was edited.
 */
export async function uninstall(options: UninstallOptions = {}): Promise<UninstallResult> {
  return (await import('./install/uninstall.js')).uninstall(options);
}
