// The page of screening works without this: it keeps one click from asking twice.
const form = document.querySelector('.screen-form');
const buttons = () => form.querySelectorAll('button');

form.addEventListener('submit', (event) => {
  const action = event.submitter?.getAttribute('formaction') ?? '';
  // A file comes back beside this page, so its button stays.
  if (!action.startsWith('/screen/file')) setTimeout(() => { for (const button of buttons()) button.disabled = true; });
});
addEventListener('pageshow', () => { for (const button of buttons()) button.disabled = false; });
