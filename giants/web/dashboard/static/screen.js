// The page of screening works without this: it filters rows by text, and keeps one click from asking twice.
const filter = document.querySelector('[data-row-filter]');
const rows = [...document.querySelectorAll('tr[data-verdict]')];

if (filter) {
  filter.hidden = false;
  filter.addEventListener('input', () => {
    const wanted = filter.querySelector('input').value.trim().toLowerCase();
    for (const row of rows) row.hidden = wanted !== '' && !row.textContent.toLowerCase().includes(wanted);
  });
}

const form = document.querySelector('.screen-form');
form.addEventListener('submit', (event) => {
  const action = event.submitter?.getAttribute('formaction') ?? '';
  // A file comes back beside this page, so its button stays.
  if (!action.startsWith('/screen/file')) setTimeout(() => { for (const button of form.querySelectorAll('button')) button.disabled = true; });
});
addEventListener('pageshow', () => { for (const button of form.querySelectorAll('button')) button.disabled = false; });
