import { networkInterfaces } from 'node:os';
import type { AppContext } from '../../app/context.ts';
import { PackageInfoWriter } from '../../models/packages/packageInfo.ts';

// A context lives as long as its server; the writer keeps what it has made for it.
const writers = new WeakMap<AppContext, PackageInfoWriter>();

/** The one writer of a server: agents' answers and their explanation come from the same place. */
export function packageInfoWriter(context: AppContext): PackageInfoWriter {
  let writer = writers.get(context);
  if (writer === undefined) {
    const sources = {
      servers: context.packageServers,
      own: ownBases(context),
      ownPlaces: () => context.sites.matchesOf(ownAddresses()),
    };
    writer = new PackageInfoWriter(context.publicUrl, context.secrets.signingKeys.sourceKeyOf, sources);
    writers.set(context, writer);
  }
  return writer;
}

/** The public address, and that of plain HTTP where package files are served over it, too. */
export function ownBases({ publicUrl, settings }: Pick<AppContext, 'publicUrl' | 'settings'>): {
  https: string | undefined;
  http: string | undefined;
} {
  if (publicUrl.startsWith('http:')) return { https: undefined, http: publicUrl };
  if (settings.httpPort === 0 || settings.requireHttps) return { https: publicUrl, http: undefined };
  const port = settings.httpPort === 80 ? '' : `:${settings.httpPort}`;
  return { https: publicUrl, http: `http://${new URL(publicUrl).hostname}${port}` };
}

/** Where this machine is: its own site. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((infos) =>
    (infos ?? []).filter(({ internal }) => !internal).map(({ address }) => address.split('%')[0]!),
  );
}
