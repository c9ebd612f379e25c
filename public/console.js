/* What script adds to the console. Without it every page still works by links and forms. */
(() => {
  'use strict';
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // Times: the title tells the viewer's own zone beside UTC, the text stays true while the page is open.
  const spans = [['y', 31536000], ['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  function ago(milliseconds) {
    const seconds = Math.round(Math.abs(milliseconds) / 1000);
    if (seconds < 5) return 'just now';
    const first = spans.findIndex(([, size]) => seconds >= size);
    const [unit, size] = spans[first];
    const count = Math.floor(seconds / size);
    const next = spans[first + 1];
    const rest = next ? Math.floor((seconds - count * size) / next[1]) : 0;
    const text = count < 10 && rest > 0 && unit !== 'min' ? `${count} ${unit} ${rest} ${next[0]}` : `${count} ${unit}`;
    return milliseconds > 0 ? `${text} ago` : `in ${text}`;
  }
  // The server's clock counts: a viewer's that is wrong must not make everything look old.
  const serverNow = Date.parse(one('time[data-clock]')?.dateTime ?? '') || Date.now();
  const offset = serverNow - Date.now();
  function refreshTimes(root = document) {
    for (const time of all('time[datetime][title]', root)) {
      const at = Date.parse(time.dateTime);
      time.textContent = ago(Date.now() + offset - at);
      if (!time.dataset.local) {
        time.dataset.local = '1';
        time.title += ` (${new Date(at).toLocaleString(undefined, { timeZoneName: 'short' })})`;
      }
    }
  }
  refreshTimes();
  setInterval(refreshTimes, 30000);

  // A phone shows some of the tabs only: the one that is open is among them
  for (const tab of all('.tabs a[aria-current]')) {
    const row = tab.closest('.tabs');
    const middle = (box) => box.left + box.width / 2;
    row.scrollLeft += middle(tab.getBoundingClientRect()) - middle(row.getBoundingClientRect());
  }

  // Copy buttons
  document.addEventListener('click', async (event) => {
    const button = event.target.closest?.('[data-copy]');
    if (!button) return;
    await navigator.clipboard?.writeText(button.dataset.copy);
    button.classList.add('done');
    setTimeout(() => button.classList.remove('done'), 1200);
  });

  // Menus close on a click elsewhere and on Escape
  document.addEventListener('click', (event) => {
    for (const menu of all('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
  });

  // Lists: a changed filter is applied at once; ticks are counted
  for (const form of all('[data-filters]')) form.addEventListener('change', (event) => event.target.matches('select') && form.requestSubmit());
  for (const form of all('[data-bulk]')) {
    const boxes = all('input[name="id"]', form);
    const tickAll = one('[data-tick-all]', form);
    const everything = one('[data-bulk-all]', form);
    const bar = one('[data-bulk-bar]', form);
    const count = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      tickAll.checked = ticked === boxes.length;
      tickAll.indeterminate = ticked > 0 && ticked < boxes.length;
      one('[data-bulk-count]', form).textContent = everything?.checked ? 'All that match' : ticked > 0 ? `${ticked} ticked` : '';
      bar.classList.toggle('idle', ticked === 0 && !everything?.checked);
    };
    tickAll.addEventListener('change', () => {
      for (const box of boxes) box.checked = tickAll.checked;
    });
    form.addEventListener('change', count);
    // Shift ticks everything in between.
    let last;
    form.addEventListener('click', (event) => {
      const index = boxes.indexOf(event.target);
      if (index === -1) return;
      if (event.shiftKey && last !== undefined) {
        for (const box of boxes.slice(Math.min(last, index), Math.max(last, index))) box.checked = event.target.checked;
      }
      last = index;
      count();
    });
    count();
  }

  // Forms: what was typed is not lost silently
  for (const form of all('[data-guard]')) {
    let sent = false;
    const state = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === 'string')).toString();
    const initial = state();
    form.addEventListener('submit', () => (sent = true));
    addEventListener('beforeunload', (event) => {
      if (!sent && state() !== initial) event.preventDefault();
    });
  }
  one('[data-focus]')?.focus();

  // Questions open in a dialog; the page they stand on is the same
  const dialog = one('#question');
  document.addEventListener('click', async (event) => {
    if (event.target.closest?.('dialog [data-close]')) {
      event.preventDefault();
      dialog.close();
      return;
    }
    const link = event.target.closest?.('a[data-dialog]');
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const page = await fetchPage(link.href).catch(() => undefined);
    const question = page && one('[data-question]', page);
    if (!question) {
      location.href = link.href;
      return;
    }
    const title = document.createElement('h2');
    title.textContent = one('h1', page)?.textContent ?? '';
    dialog.replaceChildren(title, document.adoptNode(question));
    dialog.showModal();
  });

  async function fetchPage(address) {
    const response = await fetch(address, { credentials: 'same-origin' });
    if (!response.ok || response.redirected) throw new Error('not this page');
    return new DOMParser().parseFromString(await response.text(), 'text/html');
  }

  // Parts of a page that say data-refresh="seconds" (and have an id) are read anew while somebody looks
  for (const part of all('[data-refresh][id]')) {
    const every = Math.max(2, Number(part.dataset.refresh) || 10) * 1000;
    const timer = setInterval(async () => {
      const current = document.getElementById(part.id);
      if (document.hidden || !current || current.contains(document.activeElement)) return;
      const page = await fetchPage(location.href).catch(() => undefined);
      const fresh = page?.getElementById(part.id);
      if (!fresh) return;
      current.replaceWith(document.adoptNode(fresh));
      refreshTimes(fresh);
      // What was under way is over.
      if (!fresh.dataset.refresh) clearInterval(timer);
    }, every);
  }

  // Live numbers: elements with data-live="name"; charts listen to the same event
  if (one('[data-live], [data-chart*="live"]')) {
    let source;
    const open = () => {
      source = new EventSource('/Altiris/Console/live');
      source.onmessage = (event) => {
        const values = JSON.parse(event.data);
        for (const element of all('[data-live]')) {
          const text = values.texts?.[element.dataset.live];
          if (text !== undefined && element.textContent !== text) element.textContent = text;
        }
        document.dispatchEvent(new CustomEvent('live', { detail: values }));
      };
    };
    // A hidden tab gives its connection back: browsers allow six a server.
    document.addEventListener('visibilitychange', () => {
      source?.close();
      if (!document.hidden) open();
    });
    addEventListener('pagehide', () => source?.close());
    if (!document.hidden) open();
  }

  // Keys
  const typing = (element) => element.matches?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
  let going = false;
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      for (const menu of all('details.menu[open]')) menu.open = false;
      if (location.hash === '#navigation') location.hash = '#main';
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target) || one('dialog[open]')) return;
    if (going) {
      going = false;
      const place = one(`.navigation [data-key="${CSS.escape(event.key)}"]`);
      if (place) location.href = place.href;
      return;
    }
    const rows = all('[data-rows] tbody tr, ul[data-rows] > li');
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const focusRow = (index) => {
      const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
      if (row) (one('th a, td a, li > a, :scope > a', row) ?? one('input', row))?.focus();
    };
    if (event.key === '/') one('[data-search]')?.focus();
    else if (event.key === 'j') focusRow(at + 1);
    else if (event.key === 'k') focusRow(at === -1 ? 0 : at - 1);
    else if (event.key === 'x' && at !== -1) one('input[name="id"]', rows[at])?.click();
    else if (event.key === 'g') {
      going = true;
      setTimeout(() => (going = false), 1500);
    } else if (event.key === '?') one('#keys')?.showModal();
    else return;
    event.preventDefault();
  });

  // The drawer takes the focus when it opens
  addEventListener('hashchange', () => {
    if (location.hash === '#navigation') one('#navigation a[aria-current], #navigation a')?.focus();
  });
})();
