// Beside the first tests: makes the Debian systems that others are going to need.
import { makeSystems } from '../fixtures/debian-system.js';

export function setup(): () => Promise<void> {
  // Whoever needs a system waits for it, or makes it, and then says what fails.
  const making = makeSystems().catch((error: Error) => console.error(error.message));
  return () => making;
}
