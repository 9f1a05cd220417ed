// The inbox works without this; with it there are keys, read and unread, and a word when something new waits.
import { follow } from './news.js';
import { part, say } from './parts.js';

// Which alerts were read is a matter of whoever sits at this browser, and no fact: it is kept here alone.
const STORE = 'giants.inbox.read';
const READ_MAX = 2000;

const items = () => [...document.querySelectorAll('[data-item], .inbox-alerts .entry')];
const alerts = () => [...document.querySelectorAll('.inbox-alerts [data-id]')];
const form = document.querySelector('.decisions');

function readIds() {
  try {
    const kept = JSON.parse(localStorage.getItem(STORE) ?? '[]');
    return Array.isArray(kept) ? kept.map(String) : [];
  } catch {
    return [];
  }
}

function markRead(entries) {
  const ids = entries.map((entry) => entry.dataset.id);
  const kept = [...readIds().filter((id) => !ids.includes(id)), ...ids].slice(-READ_MAX);
  try {
    localStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing shows everything as unread.
  }
  showUnread();
}

function showUnread() {
  const read = new Set(readIds());
  let unread = 0;
  for (const entry of alerts()) {
    const isUnread = !read.has(entry.dataset.id);
    entry.classList.toggle('unread', isUnread);
    unread += isUnread;
  }
  const count = document.querySelector('[data-unread]');
  if (count) count.textContent = `${unread} unread`;
}

function move(step) {
  const all = items().filter((one) => one.offsetParent !== null);
  const at = all.indexOf(document.activeElement?.closest('[data-item], .inbox-alerts .entry'));
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  next?.setAttribute('tabindex', '-1');
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

const here = () => document.activeElement?.closest('[data-item]');
const box = (item) => item?.querySelector('input[name="pair"]');

function selectAll() {
  const boxes = [...(form?.querySelectorAll('input[name="pair"]') ?? [])];
  const isAll = boxes.every((one) => one.checked);
  for (const one of boxes) one.checked = !isAll;
}

function decide(verdict) {
  if (!form.querySelector('[data-all]:checked') && !form.querySelector('input[name="pair"]:checked')) {
    if (!box(here())) return;
    box(here()).checked = true;
  }
  form.querySelector(`button[value="${verdict}"]`)?.click();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  a: selectAll,
  f: () => { const every = form?.querySelector('[data-all]'); if (every) every.checked = !every.checked; },
  x: () => { const found = box(here()); if (found) found.checked = !found.checked; },
  c: () => form && decide('confirmed'),
  r: () => form && decide('rejected'),
  u: () => form && decide('unsure'),
  w: () => form?.querySelector('#why')?.focus(),
  m: () => { const entry = document.activeElement?.closest('.inbox-alerts .entry'); if (entry) markRead([entry]); },
};

addEventListener('keydown', (event) => {
  const typing = event.target.closest('input:not([type="checkbox"]), select, textarea');
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

const reveal = (selector) => {
  const found = document.querySelector(selector);
  if (found) found.hidden = false;
  return found;
};
reveal('[data-keys]');
reveal('[data-select-all]')?.addEventListener('click', selectAll);
if (alerts().length) {
  reveal('[data-read-all]').addEventListener('click', () => markRead(alerts()));
  reveal('[data-unread-only]').addEventListener('change', (event) => {
    document.querySelector('.inbox-alerts').classList.toggle('unread-only', event.target.checked);
  });
  for (const entry of alerts()) entry.addEventListener('click', (event) => { if (event.target.closest('a')) markRead([entry]); });
  showUnread();
}
if (document.querySelector('[data-decided]')) move(1);

/** Say that something new waits; the page is not changed under the hands of who decides. */
function watch() {
  const ids = (root) => [...root.querySelectorAll('[data-pair]')].map((one) => one.dataset.pair).concat([...root.querySelectorAll('.inbox-alerts [data-id]')].map((one) => one.dataset.id));
  const known = new Set(ids(document));
  const arrived = new Set();
  const state = document.querySelector('[data-inbox-state]');
  let stored = 0;
  const tell = () => {
    state.classList.add('on');
    const count = Math.max(arrived.size, stored);
    if (!count) return say(state, 'Live');
    let link = state.querySelector('a');
    if (!link) {
      link = document.createElement('a');
      link.href = location.pathname + location.search;
      state.replaceChildren(link);
    }
    say(link, `Show what is new (${count})`);
  };
  follow(`/inbox/stream${location.search}`, {
    told(kind, id) {
      arrived.add(`${kind} ${id}`);
      tell();
    },
    async look() {
      try {
        stored = ids(await part(location.pathname + location.search)).filter((id) => !known.has(id)).length;
        tell();
      } catch (error) {
        state.classList.remove('on');
        say(state, `Not connected (${error.message}); trying again`);
      }
    },
  });
}
watch();
