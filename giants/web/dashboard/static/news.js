// News of alerts and pairs, told as they come. What is stored is looked at after each of them, and again and
// again only where nothing is told.

const STORED_MS = 1500; // what is told is stored within this time
const PAUSE_MS = 5000;

/** `told(kind, id)` is called at once, `look()` when what is stored may have more; `look` throws nothing. */
export function follow(address, { told, look }) {
  let live = false;
  let due = 0;
  let again = false;
  const later = (ms) => {
    if (due) again = true;
    else due = setTimeout(run, ms);
  };
  async function run() {
    if (document.visibilityState === 'visible') await look();
    due = 0;
    if (again) later(STORED_MS);
    else if (!live) later(PAUSE_MS);
    again = false;
  }
  const source = new EventSource(address);
  for (const kind of ['alert', 'pair']) {
    source.addEventListener(kind, (event) => {
      told?.(kind, JSON.parse(event.data).id);
      later(STORED_MS);
    });
  }
  source.addEventListener('live', () => {
    live = true;
    later(STORED_MS);
  });
  for (const kind of ['waiting', 'error']) {
    source.addEventListener(kind, () => {
      live = false;
      later(PAUSE_MS);
    });
  }
  document.addEventListener('visibilitychange', () => later(0));
  addEventListener('pagehide', () => source.close());
  addEventListener('pageshow', (event) => event.persisted && location.reload());
  look();
}
