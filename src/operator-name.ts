// Who gave the order: the user's name, or the number where it has none, as in containers.
import { userInfo } from 'node:os';

export function operatorName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw error;
    return `uid-${process.geteuid?.() ?? 'unknown'}`;
  }
}
