// ---- correcting labels: a brush, and new names for whole regions ----

const history = createHistory(30); // a map is up to a megabyte
let applied = null; // the labels as Python knows them
let tool = 'select';
let stroke = null; // {before, last, pointer, scratch} while the brush is down
let isChanged = false;

const HINTS = {
  select: 'Click a region to select it.',
  paint: 'Paint what is the label chosen here, then Apply.',
  erase: 'Erase what is not the person, then Apply.',
};
const brushSize = () => Number(part('size').value);
const chosenLabel = () => (tool === 'erase' ? 0 : Number(part('label').value));

function forget() {
  history.clear();
  stroke = null;
  isChanged = false;
  applied = labels.isLoaded ? labels.values.slice() : null;
  if (labels.isLoaded) drawLabels(part('overlay'), labels, colors);
}

function show(values) {
  if (!values) return;
  labels.values.set(values);
  isChanged = values.some((value, i) => value !== applied[i]);
  selected = new Set([...selected].filter((number) => labels.values.includes(number)));
  drawLabels(part('overlay'), labels, colors);
  tell();
  draw();
}

function commit(next, before = labels.values.slice()) {
  if (next.every((value, i) => value === before[i])) return;
  history.push(before);
  show(next);
}

function rename() {
  const number = Number(part('label').value);
  const next = labels.values.map((value) => (selected.has(value) ? number : value));
  selected = new Set([number]);
  commit(next);
}

async function apply() {
  say('');
  wait('Cutting the photo anew');
  try {
    const corrected = await uploaded(new File([await labelPng(labels)], 'labels.png', { type: 'image/png' }));
    props.value = { ...props.value, corrected };
    trigger('apply', {});
  } catch (error) {
    wait(''); // Gradio shows why
  }
}

// ---- brush ----

function dab(to) {
  const width = brushSize() / place().scale;
  const number = chosenLabel();
  drawLine(stroke.scratch, stroke.last, to, width, '#000');
  drawLine(part('overlay').getContext('2d'), stroke.last, to, width, number ? 'rgb(' + colors.get(number).join() + ')' : null);
  stroke.last = to;
}

function startStroke(event) {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [labels.width, labels.height];
  const scratch = canvas.getContext('2d', { willReadFrequently: true });
  stroke = { last: cursor, pointer: event.pointerId, scratch };
  marks.setPointerCapture(event.pointerId);
  dab(cursor);
}

function endStroke() {
  if (!stroke) return;
  const pixels = stroke.scratch.getImageData(0, 0, labels.width, labels.height).data;
  stroke = null;
  const number = chosenLabel();
  // Half covered is painted: a label has no soft edge.
  commit(labels.values.map((value, i) => (pixels[4 * i + 3] > 127 ? number : value)));
}

function drawRing() {
  const ring = part('ring');
  ring.hidden = !isOpen() || !cursor || tool === 'select';
  if (!ring.hidden) placeRing(ring, stage, place(), cursor, brushSize());
}

marks.addEventListener('pointerdown', (event) => {
  if (event.button !== 0 || stroke || !isOpen() || !labels.isLoaded) return;
  cursor = toMap(event);
  if (tool === 'select') return toggle(labels.at(cursor));
  event.preventDefault();
  startStroke(event);
});
marks.addEventListener('pointermove', (event) => {
  if (!labels.isLoaded) return;
  cursor = toMap(event);
  drawRing();
  showTip(event);
  if (stroke && event.pointerId === stroke.pointer) dab(cursor);
  else if (!stroke) light(tool === 'select' ? labels.at(cursor) : 0);
});
marks.addEventListener('pointerup', endStroke);
marks.addEventListener('pointercancel', endStroke);
marks.addEventListener('pointerleave', (event) => {
  cursor = null;
  drawRing();
  showTip(event);
  light(0);
});
// Without this a finger that paints scrolls the page.
marks.addEventListener('touchstart', (event) => tool !== 'select' && event.touches.length === 1 && event.preventDefault(), {
  passive: false,
});

// ---- buttons ----

function drawTools() {
  const able = {
    undo: history.canUndo,
    redo: history.canRedo,
    discard: isChanged,
    apply: isChanged,
    rename: selected.size > 0,
    mask: selected.size > 0 && !isChanged,
  };
  for (const [name, isAble] of Object.entries(able)) act(name).disabled = !isAble;
  part('hint').textContent = !isOpen() ? '' : isChanged ? 'Changed: Apply lets the preview and the model use it.' : HINTS[tool];
}

function choose(name) {
  tool = name;
  viewer.dataset.tool = name;
  for (const button of element.querySelectorAll('[data-tool].tp-chip')) {
    button.setAttribute('aria-pressed', String(button.dataset.tool === name));
  }
  light(0);
  drawRing();
  drawTools();
}

const actions = {
  lock,
  rename,
  apply,
  mask: () => trigger('submit', {}),
  undo: () => show(history.undo(labels.values.slice())),
  redo: () => show(history.redo(labels.values.slice())),
  discard: () => commit(applied.slice()),
};
for (const [name, action] of Object.entries(actions)) act(name).addEventListener('click', () => isOpen() && action());
for (const button of element.querySelectorAll('[data-tool].tp-chip')) {
  button.addEventListener('click', () => choose(button.dataset.tool));
}
for (const { number, name } of props.parts) part('label').append(new Option(name, number));
part('size').addEventListener('input', drawRing);
part('opacity').addEventListener('input', fade);
new ResizeObserver(drawMarkings).observe(stage);
watch('value', adopt);
// Python answers every correction, also one that changes nothing.
watch('answer', () => wait(''));
fade();
choose('select');
adopt();
viewer.dataset.ready = '1';
