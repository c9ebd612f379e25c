/** `ns user`: console users from the command line, also for who has lost the last password. */
import { parseArgs } from 'node:util';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { createUser, setPassword } from '../../models/security/changeUsers.ts';
import { randomPassword } from '../../models/security/passwords.ts';
import { listRoles, type Role } from '../../models/security/roles.ts';
import { findUser, listUsers, mustChangePassword, userState } from '../../models/security/users.ts';
import { openForCommand, UsageError, type Command, type CommandCmdb, type CommandIo } from './command.ts';

const usage = `ns user add NAME [--role ROLE] [--full-name TEXT] [--password-stdin]
ns user password NAME [--password-stdin]
ns user list

add       makes a console user; the role is Administrators unless said otherwise
password  sets a user's password, lifts a lock and ends the user's sessions
list      prints all users

The password is read from the first line of standard input with --password-stdin. Without it one is made up and printed;
it must be changed at the next sign-in.`;

const actor = { name: 'ns user', address: '' };

export const userCommand: Command = {
  name: 'user',
  summary: 'add and list console users, set passwords',
  usage,
  async run(args, io) {
    const { action, name, options } = readArguments(args);
    const opened = await openForCommand(io);
    try {
      if (action === 'list') return await list(opened, io);
      const password = options['password-stdin'] ? await firstLine(process.stdin) : undefined;
      return await (action === 'add' ? add(opened, io, name, options, password) : change(opened, io, name, password));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      for (const { message } of error.errors) io.err(message);
      return 1;
    } finally {
      await opened.close();
    }
  },
};

interface Options {
  role?: string;
  'full-name'?: string;
  'password-stdin'?: boolean;
}

function readArguments(args: string[]): { action: 'add' | 'password' | 'list'; name: string; options: Options } {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { role: { type: 'string' }, 'full-name': { type: 'string' }, 'password-stdin': { type: 'boolean' } },
  });
  const [action, name, ...rest] = positionals;
  if (action !== 'add' && action !== 'password' && action !== 'list')
    throw new UsageError('Say add, password or list.');
  if (action === 'list' ? name !== undefined : name === undefined || rest.length > 0) {
    throw new UsageError(action === 'list' ? 'list takes no name.' : `${action} takes one name.`);
  }
  return { action, name: name ?? '', options: values };
}

async function add(
  { cmdb, clock }: CommandCmdb,
  io: CommandIo,
  name: string,
  options: Options,
  given?: string,
): Promise<number> {
  const role = roleNamed(await listRoles(cmdb), options.role ?? 'Administrators');
  const password = given ?? randomPassword();
  const input = { name, displayName: options['full-name'] ?? '', roleGuid: role.guid, isEnabled: true };
  await createUser(cmdb, clock, actor, { ...input, password, mustChange: given === undefined });
  io.err(`User ${name} was created with the role ${role.name}.`);
  if (given === undefined) io.out(password);
  return 0;
}

function roleNamed(roles: readonly Role[], name: string): Role {
  const role = roles.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
  if (role === undefined)
    throw new UsageError(`There is no role "${name}"; there are ${roles.map((each) => each.name).join(', ')}.`);
  return role;
}

async function change({ cmdb, clock }: CommandCmdb, io: CommandIo, name: string, given?: string): Promise<number> {
  const user = await findUser(cmdb, name);
  if (user === undefined) {
    io.err(`There is no user named ${name}.`);
    return 1;
  }
  const password = given ?? randomPassword();
  await setPassword(cmdb, clock, actor, user.guid, password, { mustChange: given === undefined });
  io.err(`The password of ${user.name} was set; open sessions have ended.`);
  if (given === undefined) io.out(password);
  return 0;
}

async function list({ cmdb, clock }: CommandCmdb, io: CommandIo): Promise<number> {
  const query = { offset: 0, limit: 1000, sort: 'name', descending: false, search: '', filters: {} };
  const { rows } = await listUsers(cmdb, query);
  for (const user of rows) {
    const state = userState(user, clock.now());
    const password = mustChangePassword(user) ? 'password must be changed' : '';
    io.out(
      [user.name, user.roleName, state, `last sign-in ${user.lastSignInAt ?? 'never'}`, password]
        .filter(Boolean)
        .join('  '),
    );
  }
  return 0;
}

async function firstLine(input: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += chunk.toString();
    if (text.includes('\n')) break;
  }
  return text.split(/\r?\n/)[0]!;
}
