// What the modules share: parts of pages from this server, put in as they are.

/** Fetch a part of a page; throws an Error that says what went wrong. */
export async function part(address, signal) {
  const answer = await fetch(address, { headers: { Accept: 'text/html' }, credentials: 'same-origin', signal });
  if (answer.redirected) throw new Error('please sign in again');
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), 'text/html').body;
}

/** Say something where screen readers announce it; the same words again say nothing. */
export function say(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}
