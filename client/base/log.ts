/** The agent's log: one line for people, with the local time, to standard error. */

export interface AgentLog {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
  /** Shown with `--verbose` only. */
  detail(line: string): void;
}

export function agentLog(
  write: (line: string) => void,
  verbose: boolean,
  now: () => Date = () => new Date(),
): AgentLog {
  const line = (level: string) => (text: string) => write(`${localStamp(now())}  ${level}  ${oneLine(text)}`);
  return {
    info: line('info '),
    warn: line('warn '),
    error: line('error'),
    detail: verbose ? line('more ') : () => {},
  };
}

function localStamp(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace('T', ' ');
}

// What a server or a file name put into a message must not pass for a line of its own, nor steer a terminal.
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001F\u007F-\u009F]+/g, ' ');
}
