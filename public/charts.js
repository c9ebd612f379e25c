/* Draws the charts of a page with uPlot; the numbers stand in data-chart and, for everybody, in the table below. */
(() => {
  'use strict';
  // Custom properties made with light-dark() are resolved only on a real property.
  const probe = document.createElement('i');
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const number = new Intl.NumberFormat('en-US');
  const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

  /** Bars lie on one another: each series is drawn with those below it added, the highest first. */
  function stacked(y) {
    return y.map((_, series) => y[series].map((_value, index) => y.slice(0, series + 1).reduce((sum, values) => sum + (values[index] ?? 0), 0)));
  }

  // Long labels are cut, and those that would lie on one another left out, counted from the newest.
  const LONGEST = 18;
  const cut = (label) => (label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label);
  const width = (chart) => Math.max(48, ...chart.xLabels.map((label) => 7.2 * cut(label).length + 12));
  const every = (plot, chart) => Math.max(1, Math.ceil((width(chart) * chart.x.length) / Math.max(1, plot.width - 60)));

  function axes(chart) {
    const look = { stroke: colour('muted'), grid: { stroke: colour('line'), width: 1 }, ticks: { show: false }, size: 28, font: `12px ${getComputedStyle(document.body).fontFamily}` };
    const x = chart.xLabels
      ? { ...look, grid: { show: false }, splits: (plot) => chart.x.filter((_at, index) => (chart.x.length - 1 - index) % every(plot, chart) === 0), values: (_plot, splits) => splits.map((at) => cut(chart.xLabels[chart.x.indexOf(at)] ?? '')) }
      : { ...look, grid: { show: false }, space: 80, values: (_plot, splits) => splits.map(clock) };
    const y = { ...look, size: 48, space: 26, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6], values: (_plot, splits) => splits.map((value) => number.format(value)) };
    return [x, y];
  }

  function draw(element) {
    const chart = JSON.parse(element.dataset.chart);
    const bars = chart.kind === 'bars';
    const drawn = bars ? stacked(chart.y).reverse() : chart.y;
    const order = bars ? chart.series.map((series, index) => ({ ...series, index })).reverse() : chart.series.map((series, index) => ({ ...series, index }));
    const tip = document.createElement('div');
    tip.className = 'plot-tip';
    tip.hidden = true;

    const options = {
      width: element.clientWidth,
      height: element.clientHeight,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: !bars } },
      scales: {
        x: chart.xLabels ? { time: false, range: [chart.x[0] - 0.6, chart.x.at(-1) + 0.6] } : { time: true },
        y: { range: (_plot, _least, most) => [0, Math.max(4, Math.ceil((most ?? 0) * 1.1))] },
      },
      axes: axes(chart),
      series: [
        {},
        ...order.map((series) => ({
          label: series.label,
          stroke: colour(series.tone),
          fill: bars ? colour(series.tone) : undefined,
          width: bars ? 0 : 1.5,
          points: { show: false },
          ...(bars ? { paths: uPlot.paths.bars({ size: [0.55, 48] }) } : {}),
        })),
      ],
      hooks: { setCursor: [(plot) => showTip(plot, chart, tip)] },
    };
    const plot = new uPlot(options, [chart.x, ...drawn], element);
    plot.over.append(tip);
    return { plot, chart, element };
  }

  function showTip(plot, chart, tip) {
    const { idx, left } = plot.cursor;
    if (idx === null || idx === undefined || left < 0) {
      tip.hidden = true;
      return;
    }
    const at = chart.xLabels ? chart.xLabels[idx] : clock(chart.x[idx]);
    tip.textContent = `${at}: ${chart.series.map((series, index) => `${series.label} ${number.format(chart.y[index][idx] ?? 0)}`).join(', ')}`;
    tip.hidden = false;
    tip.style.left = `${Math.min(left + 12, plot.over.clientWidth - tip.offsetWidth)}px`;
  }

  let plots = [];
  function drawAll() {
    for (const { plot, chart, element } of plots) {
      element.dataset.chart = JSON.stringify(chart);
      plot.destroy();
    }
    plots = [...document.querySelectorAll('[data-chart]')].map(draw);
  }
  drawAll();

  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const found = plots.find(({ element }) => element === target);
      if (found) found.plot.setSize({ width: target.clientWidth, height: target.clientHeight });
    }
  });
  for (const { element } of plots) resized.observe(element);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);

  // Live: a chart that names its live series gets the newest minutes; the window slides.
  document.addEventListener('live', ({ detail }) => {
    for (const { plot, chart, element } of plots) {
      if (!chart.live) continue;
      for (const minute of detail.minutes ?? []) {
        let index = chart.x.indexOf(minute.at);
        if (index === -1 && minute.at > chart.x.at(-1)) {
          chart.x.push(minute.at);
          chart.x.shift();
          for (const values of chart.y) {
            values.push(0);
            values.shift();
          }
          index = chart.x.length - 1;
        }
        if (index !== -1) chart.live.forEach((name, series) => (chart.y[series][index] = minute[name] ?? 0));
      }
      if (chart.y.some((values) => values.some((value) => value > 0))) element.querySelector('.none')?.remove();
      plot.setData([chart.x, ...chart.y]);
    }
  });
})();
