// What takes the focus and does not show it. Colours alone count only where pages choose them: not when they are forced.
const forced = matchMedia('(forced-colors: active)').matches;
const at = (element) => `${element.localName}${element.id ? `#${element.id}` : ''}${element.name ? `[name="${element.name}"]` : ''} “${(element.getAttribute('aria-label') ?? element.textContent).trim().replace(/\s+/g, ' ').slice(0, 40).toWellFormed()}”`;
const drawn = (element) => {
  const style = getComputedStyle(element);
  const outline = style.outlineStyle === 'none' || style.outlineWidth === '0px' ? 'none' : [style.outlineStyle, style.outlineWidth, style.outlineOffset];
  const widths = [style.borderTopWidth, style.borderRightWidth, style.borderBottomWidth, style.borderLeftWidth, style.textDecorationLine];
  return JSON.stringify([outline, widths, forced ? [] : [style.outlineColor, style.boxShadow]]);
};
const around = (element) => {
  const chain = [...(element.labels ?? [])];
  for (let each = element, n = 0; each && n < 4; each = each.parentElement, n += 1) chain.push(each);
  return chain.map(drawn).join();
};
const stops = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex]:not([tabindex="-1"])';
const found = [...document.querySelectorAll(stops)].filter((element) => !element.disabled && element.checkVisibility({ visibilityProperty: true }));
const faults = [];
const before = document.activeElement;
before.blur();
for (const element of found) {
  const bare = around(element);
  element.focus({ preventScroll: true });
  // A radio in a group of others, or one that is not drawn here.
  if (document.activeElement !== element) faults.push(`takes no focus: ${at(element)}`);
  else if (around(element) === bare) faults.push(`the focus is not seen: ${at(element)}`);
  element.blur();
}
if (before !== document.body) before.focus({ preventScroll: true });
return faults;
