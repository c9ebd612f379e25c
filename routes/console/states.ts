/** The one table of states: the same icon, word and tone for a state on every page. */
export type Tone = 'ok' | 'warn' | 'bad' | 'busy' | 'idle';

export interface StateLook {
  icon: string;
  label: string;
  tone: Tone;
}

const ok = (label: string): StateLook => ({ icon: 'check', label, tone: 'ok' });
const warn = (label: string): StateLook => ({ icon: 'warning', label, tone: 'warn' });
const bad = (label: string): StateLook => ({ icon: 'error', label, tone: 'bad' });
const busy = (label: string): StateLook => ({ icon: 'progress', label, tone: 'busy' });
const idle = (label: string, icon = 'off'): StateLook => ({ icon, label, tone: 'idle' });

const STATES: Readonly<Record<string, StateLook>> = {
  // Registration
  pending: { icon: 'clock', label: 'Pending', tone: 'warn' },
  allowed: ok('Allowed'),
  blocked: { icon: 'blocked', label: 'Blocked', tone: 'bad' },
  revoked: idle('Revoked', 'blocked'),
  expired: idle('Expired', 'clock'),
  used_up: idle('Used up', 'clock'),
  // Packages
  new: idle('New', 'clock'),
  refreshing: busy('Refreshing'),
  valid: ok('Ready'),
  source_missing: bad('Source missing'),
  access_denied: bad('Access denied'),
  changed_while_scanning: warn('Changed while scanning'),
  // Packages on package servers
  held_ready: ok('Ready'),
  held_downloading: busy('Downloading'),
  held_stale: warn('Stale'),
  held_pending: idle('Pending', 'clock'),
  held_invalid: bad('Invalid'),
  held_silent: warn('Silent'),
  held_unwanted: idle('Not assigned any more'),
  held_none: idle('Not assigned'),
  // Package servers
  draining: warn('Draining'),
  unreachable: bad('Not reachable'),
  rolled_out: ok('Done'),
  codebase_enabled: ok('Codebase Enabled'),
  step_done: ok('Done'),
  step_current: busy('Waiting'),
  step_later: idle('Later', 'clock'),
  // Signing keys
  key_current: ok('Signs'),
  key_overlap: busy('Overlap'),
  key_retired: idle('Retired'),
  key_revoked: bad('Revoked'),
  // Sources
  offered: ok('Offered'),
  not_offered: idle('Not offered'),
  // Deliveries
  received: idle('Received', 'clock'),
  downloading: busy('Downloading'),
  downloaded: busy('Downloaded'),
  download_failed: bad('Download failed'),
  running: busy('Running'),
  succeeded: ok('Succeeded'),
  failed: bad('Failed'),
  // Computers
  active: ok('Active'),
  silent: warn('Silent'),
  never: idle('Never seen', 'clock'),
  retired: idle('Retired'),
  conflict: warn('Conflict'),
  // Conflicts
  open: warn('Open'),
  ignored: idle('Ignored'),
  resolved: ok('Resolved'),
  deleted: idle('Deleted', 'trash'),
  // Policies of a computer
  applies: ok('Applies'),
  not_applied: idle('Does not apply'),
  // Comparisons
  equal: ok('Equal'),
  different: warn('Differs'),
  not_compared: idle('Not compared'),
  // Users, policies, rules, tokens
  enabled: ok('Enabled'),
  disabled: idle('Disabled'),
  locked: { icon: 'lock', label: 'Locked', tone: 'warn' },
  on: ok('On'),
  off: idle('Off'),
  withheld: warn('On, reaches nobody'),
  // Health
  ok: ok('OK'),
  warning: warn('Warning'),
  error: bad('Problem'),
  // Events
  bad: bad('Bad'),
  // Reports
  cancelled: idle('Cancelled'),
  interrupted: warn('Interrupted'),
  waiting: { icon: 'clock', label: 'Waiting', tone: 'busy' },
  // Purge
  purge_requested: { icon: 'clock', label: 'Asked for', tone: 'busy' },
  purge_running: busy('Under way'),
  purge_done: ok('Done'),
  purge_interrupted: warn('Cut off'),
  purge_overran: bad('Not finished'),
  purge_failed: bad('Failed'),
};

/** A state nobody put into the table is shown as it is spelled: never hidden, never an error. */
export function stateLook(state: string): StateLook {
  return STATES[state] ?? { icon: 'dot', label: state.replaceAll('_', ' '), tone: 'idle' };
}
