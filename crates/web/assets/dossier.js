/*
 * Dossier: what the pages gain when scripts run. Every page works without this file.
 * Behaviour is asked for in the markup by a data attribute; there is one function per attribute.
 */
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = (text) => { live.textContent = text; };

const live = document.createElement('p');
live.className = 'hush';
live.setAttribute('role', 'status');
document.body.append(live);

/** data-needs-js: nothing without scripts. */
function needed(element) {
  element.hidden = false;
}

/** data-theme-form: the server prints the cookie's theme on <html>; this only spares the reload. */
function theme(form) {
  $('button', form).hidden = true;
  form.addEventListener('change', () => {
    document.documentElement.dataset.theme = form.elements.theme.value;
    document.cookie = `theme=${form.elements.theme.value}; path=/; max-age=31536000; samesite=lax`;
  });
}

/**
 * data-repeat="directors": rows of a repeated group are added and removed here instead of by a round trip.
 * Names count from 0 (directors[0].Surname), what people read counts from 1.
 */
function repeat(group) {
  const { repeat: name, min, max } = group.dataset;
  const template = $('template', group);
  const entries = () => $$(':scope > .entry', group);
  const add = $('button[name="_add"]', group);

  const number = (entry, from, to) => {
    const swap = (text) => text.replaceAll(`${name}[${from}]`, `${name}[${to}]`).replaceAll(`${name}.${from}.`, `${name}.${to}.`);
    const count = (text) => text.replace(/(\{n\}|\d+)$/, to + 1);
    const [legend, remove] = [$('legend', entry), $('.remove', entry)];
    legend.textContent = count(legend.textContent);
    remove.value = swap(remove.value);
    remove.setAttribute('aria-label', count(remove.getAttribute('aria-label')));
    for (const node of $$('[id], [for], [name], [aria-describedby]', entry)) {
      for (const key of ['id', 'for', 'name', 'aria-describedby']) {
        if (node.hasAttribute(key)) node.setAttribute(key, swap(node.getAttribute(key)));
      }
    }
    entry.dataset.number = to;
  };
  const limit = () => {
    const count = entries().length;
    add.hidden = Boolean(max) && count >= Number(max);
    for (const entry of entries()) $('.remove', entry).hidden = count <= Number(min);
  };
  entries().forEach((entry, index) => { entry.dataset.number = index; });
  limit();

  group.addEventListener('click', (event) => {
    const button = event.target.closest('button[name="_add"], button[name="_remove"]');
    if (!button) return;
    event.preventDefault();
    if (button === add) {
      const entry = template.content.firstElementChild.cloneNode(true);
      number(entry, '{n}', entries().length);
      template.before(entry);
      start(entry);
      $('input, select, textarea', entry).focus();
    } else {
      const entry = button.closest('.entry');
      const after = entry.nextElementSibling;
      entry.remove();
      entries().forEach((each, index) => number(each, each.dataset.number, index));
      add.hidden = false;
      ($('input, select, textarea', after) ?? add).focus();
    }
    limit();
    say(`${entries().length} in the list`);
  });
}

/** data-json: says while one types whether the text is JSON. The server checks again. */
function json(area) {
  const note = document.createElement('p');
  note.className = 'note';
  note.id = `${area.id}-json`;
  note.setAttribute('aria-live', 'polite');
  area.after(note);
  area.setAttribute('aria-describedby', `${area.getAttribute('aria-describedby') ?? ''} ${note.id}`.trim());
  area.addEventListener('input', () => {
    let problem = '';
    try { if (area.value.trim()) JSON.parse(area.value); } catch (error) { problem = error.message; }
    area.parentElement.toggleAttribute('data-tone', false);
    if (problem) area.parentElement.dataset.tone = 'bad';
    area.toggleAttribute('aria-invalid', false);
    if (problem) area.setAttribute('aria-invalid', 'true');
    note.textContent = problem ? `Not JSON yet: ${problem}` : area.value.trim() && 'Reads as JSON.';
  });
}

/**
 * data-branch: other fields depend on what is chosen here. The server draws them; what was typed goes there and comes back,
 * and files that were chosen stay with it. Without scripts a button asks for the same.
 */
function branch(select) {
  const form = select.form;
  const button = $('button[name="_branch"]', select.parentElement);
  if (button) button.hidden = true;
  select.addEventListener('change', async () => {
    const typed = new FormData(form);
    typed.set('_branch', select.name);
    const body = form.enctype === 'multipart/form-data' ? typed : new URLSearchParams(typed);
    form.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(form.action, { method: 'POST', body, headers: { accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const fresh = $('form.form', page);
      if (!fresh || ![200, 422].includes(answer.status)) throw new Error(answer.status);
      form.replaceChildren(...fresh.childNodes);
      // A page brings only the icons that it uses.
      $('svg.hush')?.append(...$$('symbol', page).filter((symbol) => !document.getElementById(symbol.id)));
      // What was wrong before the change is out of date; what the server finds now stands in its place.
      $('.error-summary')?.remove();
      form.before(...$$('.error-summary', page));
      document.title = page.title;
      start(form);
      $(`[data-branch="${CSS.escape(select.name)}"]`, form)?.focus();
      say(`The form now asks for what ${select.selectedOptions[0].text} needs`);
    } catch {
      if (button) button.hidden = false;
      say('The form could not be changed. Press Change to try again.');
    }
    form.removeAttribute('aria-busy');
  });
}

/** data-upload: shows what was chosen before it is sent, pictures as pictures, and lets one go again. */
function upload(box) {
  const input = $('input[type="file"]', box);
  const list = document.createElement('ul');
  list.className = 'files';
  list.setAttribute('aria-label', 'Chosen, not sent yet');
  const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} KB` : `${(bytes / 1e6).toFixed(1)} MB`);

  const draw = () => {
    list.replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement('li');
      const [name, remove] = [document.createElement('div'), document.createElement('button')];
      const [text, small] = [document.createElement('bdi'), document.createElement('small')];
      [name.className, text.textContent, small.textContent] = ['name', file.name, size(file.size)];
      name.append(text, small);
      Object.assign(remove, { type: 'button', className: 'button', textContent: 'Remove' });
      remove.setAttribute('aria-label', `Remove ${file.name}`);
      remove.addEventListener('click', () => {
        const left = new DataTransfer();
        for (const other of input.files) if (other !== file) left.items.add(other);
        input.files = left.files;
        draw();
        input.focus();
        say(`${file.name} removed`);
      });
      item.append(name, remove);
      thumbnail(file, item);
      return item;
    }));
    if (input.files.length) input.before(list);
    else list.remove();
  };
  input.addEventListener('change', () => {
    draw();
    if (input.files.length) say(`${input.files.length} chosen`);
  });
  box.addEventListener('click', (event) => {
    const button = event.target.closest('button[name="_drop"]');
    if (!button) return;
    event.preventDefault();
    const items = button.closest('ul');
    button.closest('li').remove();
    if (!items.children.length) items.remove();
    input.focus();
    say(button.getAttribute('aria-label').replace(/^Remove (.*)$/, '$1 removed'));
  });
  draw();
}

/** A small picture of a file that is one, drawn: an address of it would need a looser security policy. */
async function thumbnail(file, item) {
  if (!file.type.startsWith('image/')) return;
  try {
    const picture = await createImageBitmap(file);
    const canvas = document.createElement('canvas');
    const side = 80;
    const scale = side / Math.min(picture.width, picture.height);
    [canvas.width, canvas.height, canvas.className] = [side, side, 'thumb'];
    canvas.setAttribute('aria-hidden', 'true');
    const [width, height] = [picture.width * scale, picture.height * scale];
    canvas.getContext('2d').drawImage(picture, (side - width) / 2, (side - height) / 2, width, height);
    item.prepend(canvas);
  } catch { /* no picture that this browser can draw: its name is enough */ }
}

/** data-copy="id": copies the text of that element; data-copy-from="/address": what is downloaded there. */
function copy(button) {
  const label = button.textContent;
  const { copy: id, copyFrom: address } = button.dataset;
  const text = async () => {
    if (id) return document.getElementById(id).textContent;
    const answer = await fetch(address, { cache: 'no-store' });
    // The sign-in has ended.
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    return answer.text();
  };
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(await text());
      button.textContent = 'Copied';
    } catch {
      button.textContent = id ? 'Not copied: the browser refused' : 'Not copied: take the download';
    }
    say(button.textContent);
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}

/**
 * data-live="#results #counts": a GET form that fetches its own answer while one types, and swaps those parts. Without
 * scripts its button asks for the same page.
 */
function search(form) {
  let timer, running;
  const load = async () => {
    running?.abort();
    running = new AbortController();
    const url = new URL(form.action);
    url.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    try {
      const answer = await fetch(url, { signal: running.signal, headers: { accept: 'text/html' } });
      // The sign-in has ended: it leads back to this search.
      if (answer.redirected) return form.submit();
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const parts = form.dataset.live.split(' ').map((part) => [$(part), $(part, page)]);
      if (!answer.ok || parts.some(([old, fresh]) => !old || !fresh)) throw new Error(answer.status);
      $('svg.hush')?.append(...$$('symbol', page).filter((symbol) => !document.getElementById(symbol.id)));
      for (const [old, fresh] of parts) {
        const held = old.contains(document.activeElement);
        old.replaceWith(fresh);
        start(fresh);
        if (held) $('.row-link', fresh)?.focus();
      }
      history.replaceState(null, '', url);
      say($('[data-said]')?.textContent ?? '');
    } catch (error) {
      if (error.name === 'AbortError') return;
      const told = document.createElement('p');
      told.textContent = 'The list could not be brought up to date. Press Apply to try again.';
      $(form.dataset.live)?.prepend(told);
      say(told.textContent);
    }
  };
  const stop = () => { clearTimeout(timer); running?.abort(); };
  form.addEventListener('input', (event) => {
    clearTimeout(timer);
    timer = setTimeout(load, { search: 250, date: 500 }[event.target.type] ?? 0);
  });
  form.addEventListener('submit', stop);
  window.addEventListener('pagehide', stop);
}

/** Single keys: never while one types, and off for whoever switched them off (WCAG 2.1.4). */
document.addEventListener('keydown', (event) => {
  if (document.documentElement.dataset.shortcuts === 'off') return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, select, textarea, [contenteditable]')) {
    if (event.key === 'Escape') {
      // A search field would be emptied by it, and the list would not.
      event.preventDefault();
      event.target.blur();
    }
    return;
  }
  const links = $$('[data-rows] .row-link');
  const at = links.indexOf(document.activeElement);
  const target = { j: links[Math.min(at + 1, links.length - 1)], k: links[Math.max(at - 1, 0)], '/': $('[data-key="/"]') }[event.key];
  // Nothing that was typed into a form is left by a key.
  const link = !$('form.form') && $$('a[data-key]').find(({ dataset }) => dataset.key === event.key);
  if (target) target.focus();
  else if (link) link.click();
  else return;
  event.preventDefault();
});

/** A second click on a button that already sent its form does nothing; the server would refuse it too. */
document.addEventListener('submit', (event) => {
  if ((event.submitter?.formMethod || event.target.method) !== 'post') return;
  if (event.target.dataset.sent) event.preventDefault();
  else event.target.dataset.sent = 'yes';
  event.submitter?.setAttribute('aria-disabled', 'true');
});
/* Back to a page that the browser kept: its buttons work again. */
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of $$('form[data-sent]')) {
    delete form.dataset.sent;
    for (const button of $$('button[aria-disabled]', form)) button.removeAttribute('aria-disabled');
  }
});

const START = { '[data-needs-js]': needed, '[data-theme-form]': theme, '[data-repeat]': repeat, '[data-json]': json, '[data-copy], [data-copy-from]': copy, '[data-live]': search, '[data-branch]': branch, '[data-upload]': upload };
function start(root) {
  for (const [selector, begin] of Object.entries(START)) {
    if (root.matches?.(selector)) begin(root);
    $$(selector, root).forEach((element) => begin(element));
  }
}
start(document);
/* What live.js has brought in. */
document.addEventListener('drawn', ({ target }) => start(target));
