/** Ends the servers of the run and waits for their exit. */
export default async function stopTestServers(): Promise<void> {
  const servers = globalThis.holdfastTestServers;
  if (servers === undefined || servers.exitCode !== null) return;
  const exit = new Promise((resolve) => servers.once('exit', resolve));
  servers.stdin?.end();
  await exit;
}
