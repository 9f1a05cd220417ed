// Alerts appear while the page is open: news of them come as events, and the part is asked for again.
import { follow } from './news.js';
import { part, say } from './parts.js';

function watch(section) {
  const body = section.querySelector('[data-alerts-body]');
  const state = section.querySelector('[data-alerts-state]');
  const ids = (root) => [...root.querySelectorAll('[data-id]')].map((entry) => entry.dataset.id);
  let arrived = 0;
  const look = async () => {
    try {
      const found = await part(section.dataset.alerts);
      const known = new Set(ids(body));
      const fresh = ids(found).filter((id) => !known.has(id));
      if (fresh.length) {
        body.replaceChildren(...found.childNodes);
        for (const entry of body.querySelectorAll('[data-id]')) entry.classList.toggle('fresh', fresh.includes(entry.dataset.id));
        arrived += fresh.length;
      }
      state.classList.add('on');
      say(state, arrived ? `Live; ${arrived} new since you came` : 'Live');
    } catch (error) {
      state.classList.remove('on');
      say(state, `Not connected (${error.message}); trying again`);
    }
  };
  follow('/inbox/stream', { look });
}

for (const section of document.querySelectorAll('[data-alerts]')) watch(section);
