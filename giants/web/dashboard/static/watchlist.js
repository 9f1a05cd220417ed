// The watchlist editor: what the form says goes to the API as a whole.
import { say } from './parts.js';

const API = '/api/v1/watchlists';
const form = document.querySelector('form[data-watchlist]');
const fault = form.querySelector('[data-fault]');
const saved = form.querySelector('[data-saved]');
const buttons = form.querySelectorAll('button');

const chosen = (name) => [...form.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.value);
const text = (name) => form.elements[name].value.trim();

/** The addresses that the form does not show are kept: the first of each kind is the form's own. */
function targets(known) {
  const [mail, hook] = ['email', 'webhook'].map((kind) => known.find((target) => target.kind === kind));
  const others = known.filter((target) => target !== mail && target !== hook);
  // Addresses are shown in part; one that nobody changed goes back with the id that tells which it is.
  const same = (target, shown) => target && shown && { id: target.id };
  const own = [];
  if (text('email')) own.push({ kind: 'email', to: text('email'), digest: text('digest'), ...same(mail, mail?.to === text('email')) });
  if (text('webhook')) own.push({ kind: 'webhook', url: text('webhook'), format: text('webhook_format'), ...same(hook, hook?.url === text('webhook')), ...(text('secret') && { secret: text('secret') }) });
  return [...own, ...others];
}

function written(known) {
  return {
    owner: text('owner'),
    name: text('name') || null,
    companies: text('companies').split('\n').map((line) => line.trim()).filter(Boolean),
    technologies: chosen('technologies'),
    authorities: chosen('authorities'),
    batches: chosen('batches').map(Number),
    events: chosen('events'),
    min_band: text('min_band') || null,
    include_backfill: form.elements.include_backfill.checked,
    grouping: form.elements.single.checked ? 'single' : 'cause',
    deliver: targets(known?.deliver ?? []),
  };
}

async function ask(address, method = 'GET', body = undefined) {
  const headers = { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) };
  const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body), credentials: 'same-origin' });
  if (answer.status === 204) return null;
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail ?? `the server answered ${answer.status}`);
  return found;
}

async function doing(work) {
  fault.hidden = true;
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    fault.textContent = `This was not saved: ${error.message}`;
    fault.hidden = false;
    fault.focus();
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  doing(async () => {
    const id = form.dataset.watchlist;
    const own = `${API}/${encodeURIComponent(id)}`;
    const answer = id ? await ask(own, 'PUT', written(await ask(own))) : await ask(API, 'POST', written(null));
    if (id) say(saved, answer.stored ? 'Saved.' : 'Sent; it takes effect in a moment.');
    else location.assign(`/watchlists/${encodeURIComponent(answer.watchlist_id)}#created`);
  });
});

if (location.hash === '#created') {
  say(saved, 'Created. Alerts appear below as changes meet it.');
  history.replaceState(history.state, '', location.pathname + location.search);
}

form.querySelector('[data-delete]')?.addEventListener('click', () => {
  if (!confirm('Delete this watchlist? Alerts that it raised stay.')) return;
  doing(async () => {
    await ask(`${API}/${encodeURIComponent(form.dataset.watchlist)}`, 'DELETE');
    location.assign('/watchlists');
  });
});

for (const button of buttons) button.disabled = false;
