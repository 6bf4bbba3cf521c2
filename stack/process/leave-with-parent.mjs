// Loaded before an npm script's own file: ends the process as SIGTERM would when the process that started it is gone, even by SIGKILL.

process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// Waiting for that must not keep a process alive that has nothing else to do.
process.channel?.unref();
