/** `prepareCmdb.ts <data folder>`: makes the CMDB that a server will use; prints an API token and an agent's GUID. */
import { loadSettings } from '../../app/config.ts';
import type { AppContext } from '../../app/context.ts';
import { systemClock } from '../../models/clock.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { createApiToken } from '../../models/security/apiTokens.ts';
import { addLegacyAgent } from '../support/agents.ts';

const cmdb = await openCmdb(loadSettings().settings.cmdb);
await migrate(cmdb);
const input = { name: 'test', scopes: ['read', 'write'] };
const { token } = await createApiToken(cmdb, systemClock, { name: 'test', address: '' }, input);
const context = { cmdb, clock: systemClock, agents: { refresh: async () => undefined } } as unknown as AppContext;
const agent = await addLegacyAgent(context);
await cmdb.close();
process.stdout.write(`token ${token} agent ${agent}\n`);
