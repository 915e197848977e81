// With forced colours: what is chosen or current and looks like its neighbours, which are not.
const drawn = (element) => {
  const style = getComputedStyle(element);
  const outline = style.outlineStyle === 'none' ? 'none' : [style.outlineStyle, style.outlineWidth];
  const sides = [style.borderTopWidth, style.borderBottomWidth, style.borderLeftWidth, style.textDecorationLine];
  const edge = [style.borderBottomColor, style.borderBottomWidth];
  return JSON.stringify([outline, sides, edge]);
};
const faults = [];
const compare = (chosen, others) => {
  if (!chosen.checkVisibility() || !others.length) return;
  if (others.every((other) => drawn(other) === drawn(chosen))) {
    faults.push(`looks like those that are not chosen: ${chosen.localName} “${chosen.textContent.trim().replace(/\s+/g, ' ').slice(0, 40).toWellFormed()}”`);
  }
};
for (const chosen of document.querySelectorAll('[aria-current]')) {
  const list = chosen.closest('nav, ul, ol, .switch, .counts, .tabs');
  compare(chosen, [...(list?.querySelectorAll(`${chosen.localName}:not([aria-current])`) ?? [])].filter((other) => other.className === chosen.className));
}
for (const input of document.querySelectorAll('input:checked')) {
  // A box or a dot that is drawn by the browser shows it by itself.
  if (getComputedStyle(input).opacity !== '0') continue;
  const others = [...document.getElementsByName(input.name)].filter((other) => !other.checked);
  compare(input.labels[0], others.map((other) => other.labels[0]));
}
// What has a tone says it by a sign or an edge too, since its wash is gone.
for (const element of document.querySelectorAll('.pill, .badge, .banner, .redacted')) {
  if (element.checkVisibility() && getComputedStyle(element).borderTopWidth === '0px') faults.push(`has no edge: ${element.className} “${element.textContent.trim().slice(0, 40).toWellFormed()}”`);
}
return faults;
