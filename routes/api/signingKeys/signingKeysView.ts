import type { AppContext } from '../../../app/context.ts';
import { readKeyReport, type KeyReport } from '../../../models/signingKeys/keyReport.ts';

export const signingKeysView = ({ cmdb, clock, secrets }: AppContext): Promise<KeyReport> =>
  readKeyReport(cmdb, secrets.signingKeys, clock.now());
