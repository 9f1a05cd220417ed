// Tables sort, filter and download as they stand; the address keeps what was chosen.
import { say } from './parts.js';

const FILTER_ROWS_MIN = 8;
const BANDS = ['unrated', 'very weak', 'weak', 'moderate', 'strong', 'very strong'];
const NUMBER = /^[<+\-−]?[\d,]+(\.\d+)?( ?%)?$/;

/** What a cell says, in one line. */
function textOf(cell) {
  const copy = cell.cloneNode(true);
  for (const extra of copy.querySelectorAll('svg, button, .soft, .tag, abbr')) extra.replaceWith(' ');
  const own = copy.textContent.replace(/\s+/g, ' ').trim();
  return own || cell.textContent.replace(/\s+/g, ' ').trim();
}

/** What a cell is sorted by: an instant, a band, a number or a text. */
function keyOf(cell) {
  if (!cell) return '';
  const time = cell.querySelector('time');
  if (time) return time.dateTime;
  const text = textOf(cell);
  const band = BANDS.indexOf(text.toLowerCase());
  if (band >= 0) return band;
  const first = text.split(' of ')[0];
  if (NUMBER.test(first)) return Number(first.replace('−', '-').replace(/[^\d.-]/g, ''));
  return text === '–' ? '' : text;
}

function compare(a, b) {
  if (a === '' || b === '') return (a === '') - (b === ''); // what is empty comes last
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'zh-Hans-u-co-pinyin', { numeric: true });
}

class Tools {
  constructor(table, number) {
    this.table = table;
    this.number = number;
    this.columns = [...table.tHead.rows[0].cells];
    // A row and what opens below it are one: then each is a body of its own.
    this.grouped = table.tBodies.length > 1;
    this.rows = this.grouped ? [...table.tBodies] : [...table.tBodies[0].rows];
    this.column = null;
    this.down = false;
    this.head();
    this.bar();
    this.recall();
  }

  cells(row) {
    return this.grouped ? row.rows[0].cells : row.cells;
  }

  head() {
    this.columns.forEach((heading, column) => {
      if (!heading.textContent.trim() || heading.querySelector('.hidden')) return;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'sort';
      button.title = 'Sort by this column';
      button.append(...heading.childNodes);
      button.addEventListener('click', () => this.sort(column, this.column === column ? !this.down : false, true));
      heading.append(button);
    });
  }

  bar() {
    const bar = document.createElement('div');
    bar.className = 'table-tools';
    this.told = document.createElement('span');
    this.told.className = 'soft';
    this.told.setAttribute('role', 'status');
    if (this.rows.length >= FILTER_ROWS_MIN) {
      this.field = document.createElement('input');
      this.field.type = 'search';
      this.field.placeholder = 'Filter rows';
      this.field.maxLength = 100;
      this.field.setAttribute('aria-label', 'Filter the rows of this table');
      this.field.addEventListener('input', () => this.filter(true));
      bar.append(this.field);
    }
    const choice = document.createElement('select');
    choice.className = 'sort-choice';
    choice.setAttribute('aria-label', 'Sort this table by');
    choice.append(new Option('Sort by …', ''));
    this.columns.forEach((heading, column) => {
      if (!heading.querySelector('.sort')) return;
      choice.append(new Option(`${textOf(heading.firstChild)} ↑`, `${column}a`), new Option(`${textOf(heading.firstChild)} ↓`, `${column}d`));
    });
    choice.addEventListener('change', () => choice.value && this.sort(parseInt(choice.value), choice.value.endsWith('d'), true));
    bar.append(choice);
    // A page that has its own files of the whole says so.
    const forms = 'noFiles' in this.table.dataset ? [] : [['csv', 'CSV'], ['xlsx', 'Excel']];
    for (const [form, name] of forms) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'quiet';
      button.textContent = name;
      button.title = `Download this table as ${name}, sorted and filtered as it stands`;
      button.addEventListener('click', () => this.download(form));
      bar.append(button);
    }
    bar.append(this.told);
    const place = this.table.parentElement.matches('.scroll') ? this.table.parentElement : this.table;
    place.before(bar);
  }

  sort(column, down, keep) {
    if (!this.columns[column]) return;
    this.column = column;
    this.down = down;
    const sorted = this.rows.map((row) => [keyOf(this.cells(row)[column]), row]);
    sorted.sort(([a], [b]) => (down && a !== '' && b !== '' ? compare(b, a) : compare(a, b)));
    const place = this.grouped ? this.table : this.table.tBodies[0];
    place.append(...sorted.map(([, row]) => row));
    this.columns.forEach((heading, number) => {
      if (number === column) heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      else heading.removeAttribute('aria-sort');
    });
    if (keep) this.note();
  }

  filter(keep) {
    const wanted = this.field.value.trim().toLowerCase();
    let shown = 0;
    for (const row of this.rows) {
      row.hidden = wanted !== '' && !row.textContent.toLowerCase().includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    say(this.told, wanted ? `${shown} of ${this.rows.length} rows` : '');
    if (keep) this.note();
  }

  async download(form) {
    const columns = this.columns.map((heading, column) => [textOf(heading.querySelector('.sort') ?? heading), column])
      .filter(([name]) => name);
    const rows = [...(this.grouped ? this.table.tBodies : this.table.tBodies[0].rows)].filter((row) => !row.hidden)
      .map((row) => columns.map(([, column]) => this.cells(row)[column] ? valueOf(this.cells(row)[column]) : ''));
    const title = (this.table.caption?.textContent || document.querySelector('h1').textContent).replace(/\s+/g, ' ').trim();
    try {
      const answer = await fetch(`/tables/${form}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        credentials: 'same-origin',
        body: JSON.stringify({ title: title.slice(0, 80), headings: columns.map(([name]) => name), rows }),
      });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await answer.blob());
      link.download = `${title.slice(0, 80)}.${form}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      say(this.told, `${rows.length} rows downloaded`);
    } catch (error) {
      say(this.told, `The table could not be downloaded: ${error.message}`);
    }
  }

  /** Keep in the address what was chosen, so that it can be sent on and reloaded. */
  note() {
    const address = new URL(location.href);
    const keep = (name, value) => (value ? address.searchParams.set(name, value) : address.searchParams.delete(name));
    keep(`sort${this.number}`, this.column === null ? '' : `${this.column}${this.down ? 'd' : 'a'}`);
    keep(`find${this.number}`, this.field?.value.trim());
    history.replaceState(history.state, '', address);
  }

  recall() {
    const asked = new URLSearchParams(location.search);
    const [, column, way] = asked.get(`sort${this.number}`)?.match(/^(\d{1,2})([ad])$/) ?? [];
    if (column) this.sort(Number(column), way === 'd', false);
    const found = asked.get(`find${this.number}`);
    if (found && this.field) {
      this.field.value = found;
      this.filter(false);
    }
  }
}

/** What is written to a file: days in full, everything else as it reads. */
function valueOf(cell) {
  const time = cell.querySelector('time');
  return time && textOf(cell) === textOf(time) ? time.dateTime : cell.textContent.replace(/\s+/g, ' ').trim();
}

[...document.querySelectorAll('main table:not([data-plain])')]
  .filter((table) => table.tHead && table.tBodies.length && table.querySelectorAll('tbody > tr').length > 1)
  .forEach((table, number) => new Tools(table, number + 1));
