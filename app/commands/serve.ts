import { once } from 'node:events';
import { ensureFirstAdministrator } from '../../models/security/firstAdministrator.ts';
import { loadSettings } from '../config.ts';
import { startServer } from '../server.ts';
import type { Command } from './command.ts';
import { stopSignal } from './stopSignal.ts';

/** `ns serve`: the server, until Ctrl-C or SIGTERM. */
export const serveCommand: Command = {
  name: 'serve',
  summary: 'start the server (what npm start does)',
  usage: `ns serve

Starts the server with the settings of the environment and coresettings.json ("ns config" lists them), prints the
console's address, and at the first start without NS_ADMIN_PASSWORD a one-time password for the user admin.
Ctrl-C or SIGTERM stops it: requests under way are answered, the event queue is flushed. A second Ctrl-C ends at once.`,
  async run(_args, io) {
    const loaded = loadSettings(io.environment);
    const server = await startServer(loaded);
    const first = await ensureFirstAdministrator(
      server.context.cmdb,
      server.context.clock,
      loaded.settings.adminPassword,
    );
    io.err(`Console: ${server.urls[0]}`);
    for (const url of server.urls.slice(1)) io.err(`         ${url}`);
    io.err(`Agents:  ${server.context.publicUrl}`);
    if (first !== undefined) {
      io.err(
        first.oneTimePassword === undefined
          ? `Sign in as ${first.user} with the password from NS_ADMIN_PASSWORD.`
          : `Sign in as ${first.user} with the one-time password ${first.oneTimePassword}`,
      );
    }
    const stop = stopSignal();
    await once(stop.signal, 'abort');
    await server.stop();
    stop.release();
    return 0;
  },
};
