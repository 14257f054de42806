// When the timer saves: by the clock where the interval divides a day evenly, so that a time that was slept through is made
// up for; otherwise by what has passed. Source: systemd.timer(5), systemd.time(7).
import { SavepointError } from '../../store/errors.js';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LONGEST_MS = 366 * DAY_MS;
/** Times that take more lines than this are not worth having by the clock. */
const MOST_LINES = 24;
/** Not all hosts of a kind should save in the same second. */
const MOST_DELAY_MS = MINUTE_MS;
const LONGEST_AFTER_BOOT_MS = 10 * MINUTE_MS;

/** The lines of the section [Timer] for a save every `everyMs`. Throws USAGE. */
export function saveSchedule(everyMs: number): string[] {
  if (!(everyMs >= MINUTE_MS && everyMs <= LONGEST_MS)) {
    throw new SavepointError('USAGE', 'Points can be taken every minute (1m) to every 366 days (366d).', {
      fields: { everyMs },
    });
  }
  const delay = timeSpan(Math.min(MOST_DELAY_MS, Math.floor(everyMs / 10 / SECOND_MS) * SECOND_MS));
  return [...timesOf(everyMs), `RandomizedDelaySec=${delay}`, `AccuracySec=${delay}`];
}

function timesOf(everyMs: number): string[] {
  const times = DAY_MS % everyMs === 0 && everyMs % SECOND_MS === 0 ? calendar(everyMs / SECOND_MS) : [];
  if (times.length > 0 && times.length <= MOST_LINES) {
    return [...times.map((time) => `OnCalendar=*-*-* ${time}`), 'Persistent=true'];
  }
  const afterBoot = timeSpan(Math.min(everyMs, LONGEST_AFTER_BOOT_MS));
  return [`OnBootSec=${afterBoot}`, `OnUnitActiveSec=${timeSpan(everyMs)}`];
}

function timeSpan(milliseconds: number): string {
  return milliseconds % SECOND_MS === 0 ? `${milliseconds / SECOND_MS}s` : `${milliseconds}ms`;
}

/** The times of day that are `period` seconds apart, beginning at midnight; each line has those that end in the same way. */
function calendar(period: number): string[] {
  const inHour = 3600 % period === 0;
  const [span, unit] = inHour ? [3600, 60] : [24 * 3600, 3600];
  const lines = new Map<string, string[]>();
  for (let time = 0; time < span; time += period) {
    const rest = time % unit;
    const end = inHour ? digits(rest) : `${digits(Math.floor(rest / 60))}:${digits(rest % 60)}`;
    lines.set(end, [...(lines.get(end) ?? []), digits(Math.floor(time / unit))]);
  }
  return [...lines].map(([end, values]) => {
    const all = values.length === span / unit ? '*' : values.join(',');
    return inHour ? `*:${all}:${end}` : `${all}:${end}`;
  });
}

function digits(value: number): string {
  return String(value).padStart(2, '0');
}
