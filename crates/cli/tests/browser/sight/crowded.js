// Text that is cut off or stands on other text; with `spaced`, after a reader has widened it as WCAG 1.4.12 allows.
const [spaced] = arguments;
const at = (element) => {
  const part = (node) => node.localName + (node.id ? `#${node.id}` : [...node.classList].map((name) => `.${name}`).join(''));
  const words = element.textContent.trim().replace(/\s+/g, ' ').slice(0, 40).toWellFormed();
  return `${element.parentElement ? `${part(element.parentElement)} > ` : ''}${part(element)} “${words}”`;
};
if (spaced) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    *, ::before, ::after { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
    p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}
const faults = [];
const clips = (style) => ['hidden', 'clip'].some((way) => [style.overflowX, style.overflowY].includes(way));
const heard = (element) => element.closest('.hush, svg, noscript, template, [hidden]');

for (const element of document.body.querySelectorAll('*')) {
  if (heard(element) || element.matches('select, option, datalist') || !element.textContent.trim() || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  if (style.display === 'inline' || style.display === 'contents') continue;
  const [over, below] = [element.scrollWidth - element.clientWidth, element.scrollHeight - element.clientHeight];
  if (clips(style) && (over > 1 || below > 1)) faults.push(`cut off by ${Math.max(over, below)} px: ${at(element)}`);
  // What has an edge keeps its text inside.
  const edge = style.borderInlineEndWidth !== '0px' || style.backgroundColor !== 'rgba(0, 0, 0, 0)';
  if (edge && style.overflowX === 'visible' && over > 2) faults.push(`sticks out by ${over} px: ${at(element)}`);
}

// Where each piece of text stands, as far as those around it let it be seen.
const box = (rect) => ({ left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom });
const within = (rect, limit) => ({
  left: Math.max(rect.left, limit.left), right: Math.min(rect.right, limit.right),
  top: Math.max(rect.top, limit.top), bottom: Math.min(rect.bottom, limit.bottom),
});
const pieces = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const parent = node.parentElement;
  if (!node.data.trim() || heard(parent) || parent.closest('textarea, select, datalist, script, style')) continue;
  if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
  if (getComputedStyle(parent).contentVisibility === 'hidden') continue;
  const limits = [];
  let above = false;
  for (let each = parent; each; each = each.parentElement) {
    const style = getComputedStyle(each);
    // What is laid over the page covers it on purpose.
    above ||= ['absolute', 'fixed'].includes(style.position) && style.zIndex !== 'auto';
    if (each !== document.body && style.overflowX !== 'visible') limits.push(box(each.getBoundingClientRect()));
  }
  if (above) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const rect of range.getClientRects()) {
    const seen = limits.reduce(within, box(rect));
    if (seen.right - seen.left > 2 && seen.bottom - seen.top > 2) pieces.push({ ...seen, node });
  }
}
pieces.sort((one, other) => one.top - other.top);
const met = new Set();
pieces.forEach((one, index) => {
  for (const other of pieces.slice(index + 1)) {
    if (other.top >= one.bottom) break;
    if (other.node === one.node) continue;
    const shared = within(one, other);
    const [width, height] = [shared.right - shared.left, shared.bottom - shared.top];
    const lower = Math.min(one.bottom - one.top, other.bottom - other.top);
    if (width < 2 || height < lower * 0.4) continue;
    const words = `${at(one.node.parentElement)} stands on ${at(other.node.parentElement)}`;
    if (!met.has(words)) faults.push(words);
    met.add(words);
  }
});
document.adoptedStyleSheets = [];
return faults;
