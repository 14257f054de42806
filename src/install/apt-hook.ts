// What makes apt take a recovery point before it runs dpkg. A setting of apt can't hold a double quote, so the setting only
// calls a script that is always at the same place, and the paths stand in that.
import { APT_CONFIGURATION, APT_SCRIPT } from './installed-paths.js';
import type { PlannedFile } from './unit-files.js';
import { quoteForShell } from './unit-words.js';

export interface AptOptions {
  /** The words that run the program: absolute paths. */
  readonly program: readonly string[];
  readonly store: string;
  readonly configuration: string;
  /** Go on without a point where none can be taken. */
  readonly optional: boolean;
}

export function aptFiles(options: AptOptions): PlannedFile[] {
  return [
    { path: APT_SCRIPT, body: script(options) },
    { path: APT_CONFIGURATION, body: SETTING },
  ];
}

/** Without the script, apt works as ever. */
const SETTING = `# Takes a recovery point before dpkg runs.
DPkg::Pre-Invoke { "if [ -f ${APT_SCRIPT} ]; then /bin/sh ${APT_SCRIPT}; fi"; };
`;

function script({ program, store, configuration, optional }: AptOptions): string {
  const command = [...program, '--store', store, '--config', configuration];
  return `# apt runs this before dpkg (${APT_CONFIGURATION}): it takes a recovery point. Where none can be taken, dpkg is not
# run, unless points are optional: by SAVEPOINT_APT=optional in the environment, or by 'savepoint install --apt-optional'.
set -u
mode=\${SAVEPOINT_APT:-${optional ? 'optional' : 'required'}}

# A guarded change has taken its point already.
if [ -n "\${SAVEPOINT_GUARD+set}" ]; then exit 0; fi

# Without the program, apt works as ever.
for file in ${program.map(quoteForShell).join(' ')}; do
  if [ ! -f "$file" ]; then exit 0; fi
done

cd /
echo 'savepoint: taking a recovery point before dpkg runs' >&2
code=0
${command.map(quoteForShell).join(' ')} \\
  save -m 'before dpkg' --tag trigger=apt >/dev/null || code=$?

case $code in
  0) exit 0 ;;
  # An incomplete point is a point; what is missing in it was said.
  6) exit 0 ;;
  # Who interrupts it does not want dpkg to go on.
  129 | 130 | 143) exit 1 ;;
esac
if [ "$mode" = optional ]; then
  echo "savepoint: warning: no recovery point was taken (exit code $code); going on without one" >&2
  exit 0
fi
cat >&2 <<END
savepoint: no recovery point was taken (exit code $code), so dpkg is not run. Mend what is named above and repeat, or go on
savepoint: without a point by SAVEPOINT_APT=optional in the environment, as in: SAVEPOINT_APT=optional apt-get upgrade
END
exit 1
`;
}
