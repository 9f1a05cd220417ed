// Follow status and rating changes over HTTP, going on where the last run ended. Needs Node.js 18 or newer and
// nothing else: API=http://127.0.0.1:8000 KEY=lg_... node follow_changes.mjs
import { readFile, writeFile } from "node:fs/promises";

const api = process.env.API;
const once = process.argv.includes("--once"); // stop when nothing more is there
const place = "changes.cursor";
const headers = process.env.KEY ? { authorization: `Bearer ${process.env.KEY}` } : {};
let since = await readFile(place, "utf8").catch(() => "start");

for (;;) {
  const answer = await fetch(`${api}/api/v1/changes?since=${encodeURIComponent(since)}`, { headers });
  const page = await answer.json();
  if (!answer.ok) throw new Error(`${page.title}: ${page.detail}`); // a problem document, RFC 9457
  for (const { company } of page.snapshot) console.log("known", company.company_id, company.status, company.name);
  for (const change of page.items) {
    const what = change.technology ?? change.kind;
    console.log("changed", change.company_id, what, change.previous, "->", change.current, change.cause.ref);
  }
  since = page.next;
  await writeFile(place, since); // after the work, so that a crash repeats it rather than loses it
  if (page.more) continue;
  if (once) break;
  await new Promise((done) => setTimeout(done, 5_000));
}
