// On every page: a slash goes to the search, and what is wider than its frame shows its newest end.
const EDITABLE = 'input, select, textarea, [contenteditable]';

addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(EDITABLE)) return;
  const field = document.querySelector('main input[type="search"][name="q"]') ?? document.querySelector('#find');
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select?.();
});

// The present: the column of this year where a table names it, else the end.
for (const frame of document.querySelectorAll('[data-scroll="end"]')) {
  const now = frame.querySelector('th.now');
  frame.scrollLeft = now ? now.offsetLeft + now.offsetWidth - frame.clientWidth : frame.scrollWidth;
}

// What is copied often has a button, which says that it did.
for (const code of document.querySelectorAll('code[data-copy]')) {
  if (!navigator.clipboard) break;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet copy';
  button.textContent = 'Copy';
  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'Not copied: select it and press Ctrl-C';
    }
  });
  code.after(' ', button);
}
