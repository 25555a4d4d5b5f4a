// ---- tools, presets and keys ----

function choose(name) {
  const button = element.querySelector('[data-tool="' + name + '"].tp-tool');
  if (button.disabled) return;
  tool = name;
  painter.dataset.tool = name;
  for (const each of element.querySelectorAll('.tp-tool[data-tool]')) {
    each.setAttribute('aria-pressed', String(each === button));
  }
  const hints = {
    brush: 'Paint what takes the new style. [ and ] change the brush.',
    eraser: 'Take away what should stay.',
    region: 'Click a garment or body part; Alt or Shift takes it away.',
    smart: 'Click an object; Alt or Shift takes it away.',
  };
  hint = hints[name];
  drawRing();
  drawTools();
}

function drawTools() {
  const able = { undo: history.canUndo, redo: history.canRedo };
  for (const [act, isAble] of Object.entries(able)) element.querySelector('[data-act="' + act + '"]').disabled = !isAble;
  const smart = element.querySelector('.tp-tool[data-tool="smart"]');
  smart.disabled = !props.smart;
  smart.title = props.smart ? 'Click an object (S)' : props.smart_hint;
  part('hint').textContent = isOpen() ? hint : '';
}

function presetChip({ number, name }) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tp-chip';
  button.textContent = name;
  button.title = 'Paint the ' + name.toLowerCase() + ' (Alt or Shift: take away)';
  button.addEventListener('click', (event) => takeRegion(number, event.altKey || event.shiftKey || (removing && tool === 'region')));
  return button;
}

const step = () => Math.max(2, Math.round(Math.max(...grid()) / 200));

const actions = {
  open: () => part('photo-file').click(),
  undo: () => history.canUndo && travel(history.undo(readMask())),
  redo: () => history.canRedo && travel(history.redo(readMask())),
  grow: () => commit(grown(readMask(), ...grid(), step())),
  shrink: () => commit(shrunken(readMask(), ...grid(), step())),
  feather: () => commit(feathered(readMask(), ...grid(), step())),
  invert: () => commit(inverted(readMask())),
  clear: () => commit(new Uint8ClampedArray(grid()[0] * grid()[1])),
  remove: () => {
    removing = !removing;
    element.querySelector('[data-act="remove"]').setAttribute('aria-pressed', String(removing));
  },
  import: () => part('mask-file').click(),
  export: saveMask,
};
for (const button of element.querySelectorAll('[data-act]')) {
  button.addEventListener('click', () => (button.dataset.act === 'open' || isOpen()) && actions[button.dataset.act]());
}
for (const button of element.querySelectorAll('.tp-tool[data-tool]')) {
  button.addEventListener('click', () => choose(button.dataset.tool));
}
part('size').addEventListener('input', drawRing);

function resizeBrush(factor) {
  part('size').value = Math.round(brushSize() * factor + Math.sign(factor - 1));
  drawRing();
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LETTERS = { b: 'brush', e: 'eraser', r: 'region', s: 'smart' };

function moveCursor([dx, dy], isFar) {
  const [width, height] = grid();
  const [x, y] = cursor || [width / 2, height / 2];
  const far = (isFar ? 4 : 1) * Math.max(2, brushOnGrid() / 4);
  cursor = [Math.min(Math.max(x + dx * far, 0), width - 1), Math.min(Math.max(y + dy * far, 0), height - 1)];
  drawRing();
  showHover();
}

function useByKey() {
  if (!cursor) return moveCursor([0, 0], false);
  if (tool === 'region' || tool === 'smart') return use(cursor, removing);
  stroke = { before: readMask() };
  use(cursor);
  endStroke();
}

canvas.addEventListener('keydown', (event) => {
  if (!isOpen() || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  if (event.key in ARROWS) moveCursor(ARROWS[event.key], event.shiftKey);
  else if (event.key === ' ' || event.key === 'Enter') useByKey();
  else if (key === '[') resizeBrush(1 / 1.15);
  else if (key === ']') resizeBrush(1.15);
  else if (key in LETTERS) choose(LETTERS[key]);
  else return;
  event.preventDefault();
});

// Undo works wherever the focus is, except in fields that have an undo of their own.
function onDocumentKey(event) {
  if (!element.isConnected) return document.removeEventListener('keydown', onDocumentKey);
  const isField = event.target.closest && event.target.closest('input:not([type=range]), textarea, [contenteditable]');
  if (isField || element.offsetParent === null || !(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key !== 'z' && key !== 'y') return;
  event.preventDefault();
  if (isOpen() && !stroke) actions[key === 'y' || event.shiftKey ? 'redo' : 'undo']();
}
document.addEventListener('keydown', onDocumentKey);
