/** The site of an address: longest prefix over IPv4 and IPv6 subnets, in memory, with its reason. */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';

export interface SiteMatch {
  site: { guid: Guid; name: string } | undefined;
  /** The subnet that decided, as `network/prefix`; undefined when none contains the address. */
  subnet: string | undefined;
  /** One sentence for the console: why this site. */
  reason: string;
}

export class SiteIndex {
  static async load(_session: Session): Promise<SiteIndex> {
    throw new Error('not built yet');
  }
  siteOf(_address: string): SiteMatch {
    throw new Error('not built yet');
  }
  async applyChange(_session: Session, _change: Change): Promise<void> {}
}
