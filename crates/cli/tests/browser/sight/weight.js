// What the page brings at a first visit, and what comes from elsewhere. A head is taken for 300 bytes, as the browser does.
const [page] = performance.getEntriesByType('navigation');
const parts = performance.getEntriesByType('resource');
const own = [page, ...parts.filter(({ initiatorType }) => ['link', 'script', 'css'].includes(initiatorType))];
return {
  bytes: own.reduce((sum, { encodedBodySize }) => sum + encodedBodySize + 300, 0),
  foreign: parts.map(({ name }) => name).filter((name) => new URL(name).origin !== location.origin),
};
