/** Why the installation does not match the lock file, or undefined if it does. */
export function whyInstall(projectRoot: string): string | undefined;
