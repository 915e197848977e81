// What still moves by itself.
const faults = document.getAnimations().filter((animation) => animation.playState === 'running')
  .map(({ effect }) => `${effect.target?.localName}.${effect.target?.getAttribute('class')} moves`);
if (document.querySelector('marquee, animate, animateTransform, animateMotion')) faults.push('an element that moves by itself');
return faults;
