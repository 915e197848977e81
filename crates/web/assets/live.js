/*
 * Dossier: a page that follows what happens. It hears from the server that something has changed, asks for itself again,
 * and changes only what is different: what has the focus, is unfolded, scrolled or typed stays as it is. Without the
 * stream it asks now and then; without scripts it stands as it was loaded.
 */
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** The pause between two looks (much that happens at once is one look), and before a lost server is tried again. */
const [PAUSE, SOON, LATE] = [1_000, 5_000, 60_000];
/** How long a form that was sent may take until its answer replaces the page. */
const SENDING = 20_000;

const request = location.pathname.match(/^\/requests\/([0-9a-f-]{36})/)?.[1];
let at = $('script[data-news]').dataset.news;
let stream, coming, polling, due, pause = SOON, looked = 0, sent = 0, running = false;

/* What the page is told. */

function listen() {
  if (stream || document.hidden) return;
  clearTimeout(coming);
  stream = new EventSource(`/events?last=${encodeURIComponent(at)}`);
  const hear = (concerns) => (event) => {
    at = event.lastEventId;
    pause = SOON;
    if (concerns(event)) look();
  };
  stream.addEventListener('ready', hear(() => false));
  stream.addEventListener('again', hear(() => true));
  stream.addEventListener('news', hear(({ data }) => {
    const { requests, channels } = JSON.parse(data);
    return !request || channels || requests.includes(request);
  }));
  stream.addEventListener('error', () => {
    // Where it only broke, the browser connects again by itself.
    if (stream?.readyState !== EventSource.CLOSED) return;
    hangUp();
    coming = setTimeout(listen, pause * (1 + Math.random()));
    pause = Math.min(pause * 2, LATE);
    look();
  });
}

function hangUp() {
  clearTimeout(coming);
  stream?.close();
  stream = undefined;
}

/* Only a page in sight has a stream, and looks. What it missed meanwhile it hears when it comes back. */
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return hangUp();
  listen();
  if (due) look();
});
window.addEventListener('pagehide', hangUp);
window.addEventListener('pageshow', ({ persisted }) => {
  if (!persisted) return;
  sent = 0;
  listen();
  look();
});

/* What it looks like now. */

/** Asks for the page soon, once for all that happens until then, and not in the same instant as every other browser. */
function look() {
  clearTimeout(due);
  due = setTimeout(draw, Math.max(0, looked + PAUSE - Date.now()) + Math.random() * 200);
}

/** data-refresh="2": something runs, and how far it is makes no news. */
function pace(seconds = $('[data-refresh]')?.dataset.refresh) {
  clearTimeout(polling);
  if (seconds) polling = setTimeout(look, seconds * 1000);
}

async function draw() {
  // A form is on its way: its answer is the next page.
  const wait = sent + SENDING - Date.now();
  if (wait > 0) due = setTimeout(draw, wait);
  if (document.hidden || wait > 0) return;
  if (running) return look();
  running = true;
  due = undefined;
  const [address, before] = [location.href, sent];
  const answer = await ask(address);
  [running, looked] = [false, Date.now()];
  // No connection, or the server has a fault: the page stays, and is asked for again.
  if (!answer) return pace(pause / 1000);
  if (sent !== before || location.href !== address) look();
  else if (!answer.ok || answer.redirected) leave();
  else swap(new DOMParser().parseFromString(answer.text, 'text/html'));
  pace();
}

async function ask(address) {
  try {
    const answer = await fetch(address, { cache: 'no-store', headers: { accept: 'text/html', 'x-by-itself': 'yes' } });
    const { ok, redirected, status } = answer;
    return status < 500 && { ok, redirected, text: await answer.text() };
  } catch {
    return false;
  }
}

/** The page is not there any more, or not for this person: the server says why, unless that would lose what was typed. */
function leave() {
  if ($$('#main form').some(typed)) notice();
  else location.reload();
}

function swap(page) {
  const [main, fresh] = [$('#main'), $('#main', page)];
  const [before, held] = [standings(main), document.activeElement];
  // A page brings only the icons that it uses.
  $('svg.hush')?.append(...$$('svg.hush symbol', page).filter((symbol) => !document.getElementById(symbol.id)));
  if (!morph(main, fresh)) return;
  document.title = page.title;
  if (held !== document.activeElement && held.isConnected) held.focus({ preventScroll: true });
  else if (!held.isConnected) (twin(held, main) ?? main).focus({ preventScroll: true });
  tell(before, standings(main));
}

/** What now stands where `gone` stood, by what it is called. */
function twin(gone, main) {
  const name = (node) => node.getAttribute('aria-label') ?? node.textContent;
  return $$(gone.localName, main).find((node) => name(node) === name(gone));
}

/* How a page is changed into another without losing what a person has done to it. */

const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
const CONTROLS = 'input:not([type="hidden"]), select, textarea';

/** What makes an element the same one on both pages, whatever stands around it. */
function key(node) {
  if (!isElement(node)) return '';
  const of = (name, from = node) => from?.getAttribute(name);
  return node.id || of('aria-labelledby') || of('href') || of('action') || (node.matches('tr') && of('href', $('a[href]', node))) || '';
}

/** Makes `old` like `fresh`; says whether anything changed. */
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return false;
  if (!isElement(old)) {
    old.data = fresh.data;
    return true;
  }
  // Fields keep what stands in them. Filters have a script of their own, and forms are read by the server again.
  if (old.matches('form') && $(CONTROLS, old)) return false;
  let changed = attributes(old, fresh);
  const left = [...old.childNodes];
  const pairs = [...fresh.childNodes].map((child) => {
    const place = left.findIndex((node) => node.nodeName === child.nodeName && key(node) === key(child));
    return [child, place < 0 ? undefined : left.splice(place, 1)[0]];
  });
  for (const node of left) changed = remove(node) || changed;
  let place = old.firstChild;
  for (const [child, same] of pairs) {
    const node = same ?? document.importNode(child, true);
    if (same) changed = morph(same, child) || changed;
    else changed = true;
    // Text makes way, so that no element that stays is moved: it would lose its focus.
    while (same && place && place !== same && !isElement(place)) {
      const next = place.nextSibling;
      old.append(place);
      place = next;
    }
    if (node === place) place = place.nextSibling;
    else old.insertBefore(node, place);
    if (!same && isElement(node)) node.dispatchEvent(new CustomEvent('drawn', { bubbles: true }));
  }
  return changed;
}

/** Attributes that a person or a script has set stay. */
function attributes(old, fresh) {
  const own = ({ name }) => name === 'data-fresh' || (name === 'open' && old.matches('details'))
    || (name === 'hidden' && old.matches('[data-needs-js]'));
  let changed = false;
  for (const attribute of [...old.attributes]) {
    if (fresh.hasAttribute(attribute.name) || own(attribute)) continue;
    old.removeAttribute(attribute.name);
    changed = true;
  }
  for (const attribute of fresh.attributes) {
    if (own(attribute) || old.getAttribute(attribute.name) === attribute.value) continue;
    old.setAttribute(attribute.name, attribute.value);
    changed = true;
  }
  return changed;
}

/** Takes a node away, unless somebody has typed in it; says whether that can be seen. */
function remove(node) {
  if (node.id === 'out-of-date') return false;
  if (isElement(node) && [node, ...$$('form', node)].some((each) => each.matches('form') && typed(each))) return notice();
  node.remove();
  return !(node.nodeType === Node.TEXT_NODE && !node.data.trim());
}

/* What a person has typed. */

const touched = new WeakSet();
document.addEventListener('input', ({ target }) => target.form && touched.add(target.form));
document.addEventListener('submit', ({ target }) => { if (target.method === 'post') sent = Date.now(); });

function typed(form) {
  return form.method === 'post' && (touched.has(form) || $$('input:not([type="hidden"]), textarea', form).some((field) => (
    ['checkbox', 'radio'].includes(field.type) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue)));
}

/** Says once that the page is out of date, where it cannot be changed without losing what was typed. */
function notice() {
  if ($('#out-of-date')) return false;
  const [box, words, link] = ['div', 'strong', 'a'].map((name) => document.createElement(name));
  Object.assign(box, { id: 'out-of-date', className: 'banner' });
  words.textContent = 'This page has changed since. What you typed is still here.';
  Object.assign(link, { href: location.href, textContent: 'Show the page as it is now' });
  Object.assign(box.dataset, { kind: 'line', tone: 'info' });
  box.setAttribute('role', 'status');
  box.append(words, link);
  $('#main').prepend(box);
  return true;
}

/* What has changed, in words. */

/** How everything stands that has a name and a state: the page's own subject, the rows of a list, the actions. */
function standings(main) {
  const text = (node) => node?.textContent.replace(/\s+/g, ' ').trim() ?? '';
  const found = new Map();
  for (const part of $$('[data-rows] tbody tr, .action-panel li, .page-head .title > div', main)) {
    // A run is called by its action; when it was asked for is not a part of that.
    const name = text($('.row-link, .name, h1', part)).replace(`, ${text($('h1 time', part))}`, '');
    if (name) found.set(key(part) || part.localName + name, [name, text($('.pill, .state b', part)), part]);
  }
  return found;
}

function tell(before, now) {
  const words = [];
  // What stands below everything that was there has only moved up from the next page.
  let above = !before.size;
  for (const [id, [name, state, part]] of [...now].reverse()) {
    const was = before.get(id);
    above ||= Boolean(was);
    if (was ? was[1] === state : !above) continue;
    if (part.matches('tr')) part.dataset.fresh = '';
    words.unshift(was ? `${name}: now ${state.toLowerCase()}` : `New: ${name}`);
  }
  if (words.length) $('body > p[role="status"]').textContent = words.length > 3 ? `${words.length} have changed` : words.join('. ');
}

listen();
pace();
