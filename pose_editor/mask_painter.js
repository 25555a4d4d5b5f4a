// The mask painter. Runs once per mount with element, trigger, props, server, upload and watch from gr.HTML.
// The canvas is the mask: one colour, whose alpha says how far a pixel is painted.
const part = (name) => element.querySelector('[data-part="' + name + '"]');
const painter = part('painter');
const stage = part('stage');
const canvas = part('canvas');
const context = canvas.getContext('2d', { willReadFrequently: true });
const COLOR = [255, 84, 20];
const UNDO_STEPS = 30; // a mask is up to a megabyte

const labels = createLabelMap();
const history = createHistory(UNDO_STEPS);
let scene = null; // whose mask this is: another key is another photo
let tool = 'brush';
let removing = false;
let stroke = null; // {before, last, pointer} while the brush is down
let cursor = null; // the brush's place on the grid
let hint = '';

const grid = () => props.value.grid || [1, 1];
const isOpen = () => painter.dataset.empty === '0';

// ---- the mask ----

function readMask() {
  const [width, height] = grid();
  const pixels = context.getImageData(0, 0, width, height).data;
  const mask = new Uint8ClampedArray(width * height);
  for (let i = 0; i < mask.length; i += 1) mask[i] = pixels[4 * i + 3];
  return mask;
}

function writeMask(mask) {
  const [width, height] = grid();
  const image = context.createImageData(width, height);
  for (let i = 0; i < mask.length; i += 1) {
    image.data.set(COLOR, 4 * i);
    image.data[4 * i + 3] = mask[i];
  }
  context.putImageData(image, 0, 0);
}

function commit(next, before = readMask()) {
  if (sameMask(next, before)) return;
  history.push(before);
  writeMask(next);
  changed();
}

function changed() {
  say('');
  props.value = { ...props.value, mask: null, upload: null };
  drawTools();
}

function travel(mask) {
  if (!mask) return;
  writeMask(mask);
  changed();
}

// ---- brush ----

const brushSize = () => Number(part('size').value);
// The slider counts screen pixels: what is seen under the ring is what is painted.
const brushOnGrid = () => brushSize() / placeOf(canvas, ...grid()).scale;

function toGrid(event) {
  const place = placeOf(canvas, ...grid());
  return [(event.clientX - place.x) / place.scale, (event.clientY - place.y) / place.scale];
}

function dab(from, to, isErasing) {
  drawLine(context, from, to, brushOnGrid(), isErasing ? null : 'rgb(' + COLOR.join() + ')');
}

function drawRing() {
  const ring = part('ring');
  ring.hidden = !isOpen() || !cursor || tool === 'region' || tool === 'smart';
  if (!ring.hidden) placeRing(ring, stage, placeOf(canvas, ...grid()), cursor, brushSize());
}

function endStroke() {
  if (!stroke) return;
  const { before } = stroke;
  stroke = null;
  if (sameMask(before, readMask())) return;
  history.push(before);
  changed();
}

// ---- clicks on regions and objects ----

function change(mask, isRemoving) {
  const before = readMask();
  commit(isRemoving ? without(before, mask) : united(before, mask), before);
}

const nameOf = (label) => ((props.value.names || []).find((each) => each.number === label) || {}).name || '';

function takeRegion(label, isRemoving) {
  if (!labels.isLoaded || !nameOf(label)) return say('There is no person here: click clothes or the body.');
  change(labels.mask(label), isRemoving);
}

function askObject([x, y], isRemoving) {
  const [width, height] = grid();
  const pick = [((x + 0.5) * props.value.width) / width - 0.5, ((y + 0.5) * props.value.height) / height - 0.5];
  props.value = { ...props.value, pick, removes: isRemoving, upload: null };
  wait('Finding the object');
  trigger('edit', {});
}

// Python's answer to `askObject`.
function takeObject() {
  wait('');
  const { key, runs, removes } = props.picked || {};
  const [width, height] = grid();
  if (runs && runs.length && key === scene) change(fromRuns(runs, width * height), removes);
}

function use(place, isRemoving) {
  if (tool === 'region') takeRegion(labels.at(place), isRemoving);
  else if (tool === 'smart') askObject(place, isRemoving);
  else dab(place, place, tool === 'eraser');
}

// ---- pointer ----

canvas.addEventListener('pointerdown', (event) => {
  if (event.button !== 0 || stroke || !isOpen()) return;
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  cursor = toGrid(event);
  if (tool === 'region' || tool === 'smart') return use(cursor, removing || event.altKey || event.shiftKey);
  stroke = { before: readMask(), last: cursor, pointer: event.pointerId };
  canvas.setPointerCapture(event.pointerId);
  use(cursor);
  drawRing();
});

canvas.addEventListener('pointermove', (event) => {
  cursor = toGrid(event);
  drawRing();
  if (!stroke) return showHover();
  if (event.pointerId !== stroke.pointer) return;
  dab(stroke.last, cursor, tool === 'eraser');
  stroke.last = cursor;
});
canvas.addEventListener('pointerup', endStroke);
canvas.addEventListener('pointercancel', endStroke);
canvas.addEventListener('pointerleave', () => {
  cursor = null;
  drawRing();
  showHover();
});
// Without this a finger that paints scrolls the page.
canvas.addEventListener(
  'touchstart',
  (event) => {
    if (event.touches.length === 1) event.preventDefault();
  },
  { passive: false },
);

function showHover() {
  const label = cursor ? labels.at(cursor) : 0;
  part('hint').textContent = nameOf(label) || (isOpen() ? hint : '');
  labels.light(part('glow'), tool === 'region' && nameOf(label) ? label : 0);
}
