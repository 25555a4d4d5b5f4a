// ---- zoom and pan: which part of the photo the canvas shows ----

const MAX_ZOOM = 12;
let view = null; // [x, y, width, height] in the photo's pixels
let pan = null; // {pointer, from, view} while the view is dragged
const fingers = new Map(); // pointer -> [clientX, clientY] of touches on the canvas
let pinch = null; // {distance, middle, view}

const wholeView = () => [0, 0, ...size()];
const zoom = () => (view ? size()[0] / view[2] : 1);
// [x0, y0, x1, y1] of what is seen, letterboxed margins included.
function viewBox() {
  const inverse = canvas.getScreenCTM().inverse();
  const box = stage.getBoundingClientRect();
  const [a, b] = [[box.left, box.top], [box.right, box.bottom]].map(([x, y]) => new DOMPoint(x, y).matrixTransform(inverse));
  return [a.x, a.y, b.x, b.y];
}

function show(next) {
  const [width, height] = size();
  const w = clamp(next[2], width / MAX_ZOOM, width);
  const h = (w * height) / width;
  view = [clamp(next[0], 0, width - w), clamp(next[1], 0, height - h), w, h];
  canvas.setAttribute('viewBox', view.join(' '));
  stage.dataset.zoomed = zoom() > 1.001 ? '1' : '0';
  draw();
}

function zoomBy(factor, center) {
  const [x, y, w, h] = view || wholeView();
  const [cx, cy] = center || [x + w / 2, y + h / 2];
  const width = clamp(w / factor, size()[0] / MAX_ZOOM, size()[0]);
  const shrink = width / w;
  show([cx - (cx - x) * shrink, cy - (cy - y) * shrink, width, h * shrink]);
}

canvas.addEventListener('wheel', (event) => {
  if (!joints.length) return;
  // A plain wheel scrolls the page until the photo is zoomed; with Ctrl, or a pinch on a touchpad, it zooms.
  if (!event.ctrlKey && !event.metaKey && zoom() <= 1.001) return;
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) return zoomBy(Math.exp(-event.deltaY / 300), toPhoto(event));
  const pixel = unit();
  show([view[0] + event.deltaX * pixel, view[1] + event.deltaY * pixel, view[2], view[3]]);
}, { passive: false });

function startPan(event) {
  if (zoom() <= 1.001) return false;
  pan = { pointer: event.pointerId, from: [event.clientX, event.clientY], view };
  canvas.setPointerCapture(event.pointerId);
  stage.dataset.over = 'drag';
  return true;
}

function movePan(event) {
  if (!pan || event.pointerId !== pan.pointer) return false;
  const pixel = unit();
  const [x, y, w, h] = pan.view;
  show([x - (event.clientX - pan.from[0]) * pixel, y - (event.clientY - pan.from[1]) * pixel, w, h]);
  return true;
}

function endPan() {
  const wasPanning = pan !== null;
  pan = null;
  return wasPanning;
}

// Two fingers zoom and pan together.
const spread = () => {
  const [a, b] = [...fingers.values()];
  return { distance: Math.hypot(a[0] - b[0], a[1] - b[1]), middle: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] };
};

function fingerDown(event) {
  if (event.pointerType !== 'touch') return false;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  if (fingers.size !== 2) return fingers.size > 2;
  const { distance, middle } = spread();
  pinch = { distance, at: toPhoto({ clientX: middle[0], clientY: middle[1] }), width: (view || wholeView())[2] };
  return true;
}

function fingerMove(event) {
  if (!fingers.has(event.pointerId)) return false;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  if (!pinch) return false;
  const { distance, middle } = spread();
  zoomBy((pinch.distance ? distance / pinch.distance : 1) * ((view || wholeView())[2] / pinch.width), pinch.at);
  const now = toPhoto({ clientX: middle[0], clientY: middle[1] });
  show([view[0] + pinch.at[0] - now[0], view[1] + pinch.at[1] - now[1], view[2], view[3]]);
  return true;
}

function fingerUp(event) {
  fingers.delete(event.pointerId);
  if (fingers.size >= 2 || !pinch) return false;
  pinch = null;
  return true;
}
