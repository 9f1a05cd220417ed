// The feed: a stream of events tells that something changed; what it is comes as a part of the page, so that
// it reads the same as what was there. The first event asks at once; a burst after it is one question.
import { part, say } from './parts.js';

const KINDS = ['designated', 'renominated', 'review-passed', 'decertified', 'revoked', 'status-unknown', 'elevated', 'renamed', 'merged', 'tagged', 'untagged', 'linked', 'unlinked', 'rating-changed', 'signal-raised', 'signal-cleared', 'list-published', 'list-confirmed', 'list-revised', 'batch-complete', 'attrition'];
const ENTRIES_KEPT_MAX = 60;
const GATHER_MS = 250;
const TOTALS_MS = 2000;

class Feed {
  constructor(section) {
    this.list = section.querySelector('[data-live-list]');
    this.empty = section.querySelector('[data-live-empty]');
    this.state = section.querySelector('[data-live-state]');
    this.button = section.querySelector('[data-live-pause]');
    this.query = section.dataset.query;
    this.cursor = section.dataset.cursor;
    this.paused = false;
    this.waiting = 0;
    this.asking = false;
    this.askedAt = -GATHER_MS;
    this.arrived = 0;
    this.button.hidden = false;
    this.button.addEventListener('click', () => this.pause(!this.paused));
    this.listen();
  }

  listen() {
    const asked = new URLSearchParams(this.query);
    asked.delete('live');
    if (new URLSearchParams(this.query).get('live')) asked.set('backfill', 'false');
    asked.set('since', this.cursor);
    this.source = new EventSource(`/api/v1/changes/stream?${asked}`);
    this.source.addEventListener('open', () => this.tell());
    this.source.addEventListener('error', () => this.tell('Not connected; trying again'));
    this.source.addEventListener('waiting', () => this.tell('The broker is away; changes come once they are stored'));
    this.source.addEventListener('live', () => this.tell());
    for (const kind of [...KINDS, 'reset']) this.source.addEventListener(kind, () => this.notice());
    addEventListener('pagehide', () => this.source.close());
    addEventListener('pageshow', (event) => event.persisted && location.reload());
  }

  pause(paused) {
    this.paused = paused;
    this.button.setAttribute('aria-pressed', String(paused));
    this.button.textContent = paused ? 'Go on' : 'Pause';
    this.tell();
    if (!paused && this.waiting) this.ask();
  }

  notice() {
    this.waiting += 1;
    if (this.paused) this.tell();
    else if (!this.asking) this.ask();
  }

  async ask() {
    this.asking = true;
    const pause = this.askedAt + GATHER_MS - performance.now();
    if (pause > 0) await new Promise((done) => setTimeout(done, pause));
    this.askedAt = performance.now();
    this.waiting = 0;
    try {
      const asked = new URLSearchParams(this.query);
      asked.set('since', this.cursor);
      const fresh = (await part(`/parts/changes?${asked}`)).querySelector('ol');
      if (fresh.dataset.reset === 'yes') return location.reload();
      this.cursor = fresh.dataset.cursor;
      this.put(fresh);
      this.tell();
      if (fresh.children.length) this.count();
    } catch (error) {
      this.tell(`New changes could not be fetched: ${error.message}`);
    } finally {
      this.asking = false;
    }
    if (this.waiting && !this.paused) this.ask();
  }

  /** Totals beside the feed follow it, but no faster than people read. */
  count() {
    const totals = document.querySelector('[data-totals]');
    if (!totals || this.counting) return;
    this.counting = true;
    setTimeout(async () => {
      this.counting = false;
      try {
        const fresh = (await part(location.pathname)).querySelector('[data-totals]');
        if (fresh) totals.replaceChildren(...fresh.childNodes);
      } catch {
        // The next change asks again.
      }
    }, TOTALS_MS);
  }

  put(fresh) {
    const known = new Set([...this.list.children].map((entry) => entry.dataset.id));
    const entries = [...fresh.children].filter((entry) => !known.has(entry.dataset.id));
    for (const entry of entries) entry.classList.add('fresh');
    this.list.prepend(...entries);
    this.arrived += Math.max(Number(fresh.dataset.count), entries.length);
    while (this.list.children.length > ENTRIES_KEPT_MAX) this.list.lastElementChild.remove();
    if (this.empty && entries.length) this.empty.hidden = true;
  }

  tell(trouble) {
    const paused = this.waiting ? `Paused; ${this.waiting} more wait` : 'Paused';
    const live = this.arrived ? `Live; ${this.arrived} new since you came` : 'Live';
    this.state.classList.toggle('on', !trouble && !this.paused);
    say(this.state, trouble ?? (this.paused ? paused : live));
  }
}

for (const section of document.querySelectorAll('[data-live]')) new Feed(section);
