const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** `1.5 GB`: for sentences; 1 KB is 1024 bytes. */
export function sizeText(bytes: number): string {
  const unit = Math.min(Math.max(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), 0), UNITS.length - 1);
  const value = bytes / 1024 ** unit;
  return `${unit === 0 ? bytes : value.toFixed(value < 10 ? 1 : 0)} ${UNITS[unit]}`;
}
