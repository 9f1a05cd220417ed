// The company page: explanations open in place, and a link to a technology opens its own.
import { part } from './parts.js';

async function explain(details) {
  const body = details.querySelector('[data-explain-body]');
  if (details.dataset.state === 'filled' || details.dataset.state === 'asked') return;
  details.dataset.state = 'asked';
  const kept = [...body.childNodes];
  body.replaceChildren('One moment …');
  try {
    body.replaceChildren(...(await part(details.dataset.explain)).childNodes);
    details.dataset.state = 'filled';
  } catch (error) {
    body.replaceChildren(`The explanation could not be fetched: ${error.message}. `, ...kept);
    details.dataset.state = 'failed';
  }
}

for (const details of document.querySelectorAll('details[data-explain]')) {
  details.addEventListener('toggle', () => details.open && explain(details));
}

function openLinked() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id ? document.getElementById(id) : null;
  const details = target?.closest('details') ?? (target?.matches('tbody') ? target.querySelector('details') : null);
  if (details) details.open = true;
}
addEventListener('hashchange', openLinked);
openLinked();
