import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadSettings } from '../../app/config.ts';
import { newGuid } from '../../wire/guid.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';

const VENDORS = '{ABCDEF01-2345-4678-9ABC-DEF012345678}';
const bare = VENDORS.slice(1, -1).toLowerCase();

describe('GUIDs of the vendor that an administrator gives', () => {
  it('are read from the environment and from coresettings.json, in any spelling', () => {
    const { settings } = loadSettings({ NS_CAPTURE_ITEM_GUIDS: ` taskStatus = ${VENDORS} ; swdStatus=${newGuid()} ` });
    expect(settings.captureItemGuids.get('taskStatus')).to.equal(bare);
    const folder = mkdtempSync(join(tmpdir(), 'ns-guids-'));
    writeFileSync(join(folder, 'coresettings.json'), JSON.stringify({ dataClassGuids: { tcpip: VENDORS } }));
    expect(loadSettings({ NS_DATA_DIR: folder }).settings.dataClassGuids.get('tcpip')).to.equal(bare);
    rmSync(folder, { recursive: true });
  });

  for (const [what, text] of [
    ['a name that there is not', `nothing=${VENDORS}`],
    ['what is no GUID', 'taskStatus=5'],
    ['a GUID that is another item', `taskStatus=${CAPTURE_ITEM.asset}`],
    ['one GUID for two', `taskStatus=${VENDORS},swdStatus=${VENDORS}`],
  ])
    it(`stop the start when they are ${what}`, () => {
      expect(() => loadSettings({ NS_CAPTURE_ITEM_GUIDS: text })).to.throw(ConfigError, 'NS_CAPTURE_ITEM_GUIDS');
    });
});
