// Mocha's spec reporter, and the totals once more in one plain line at the end, which machines read.
const { Spec } = require('mocha').reporters;

module.exports = class PlainTotals extends Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      process.stdout.write(`\n${passes} passed, ${failures} failed, ${pending} skipped\n`);
    });
  }
};
