// ---- pointer: joints and limbs are held and dragged, empty places pan ----
// drag: {index} of a joint or {limb}, {before, from, offset, moved, pointer}

function toPhoto(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(canvas.getScreenCTM().inverse());
  return [point.x, point.y];
}

// The nearest joint within reach: the face's targets overlap, so the topmost is not always the one meant.
function jointAt(event, reach) {
  if (!joints.length) return -1;
  const [x, y] = toPhoto(event);
  const distance = (joint) => (hasPlace(joint) ? Math.hypot(joint[X] - x, joint[Y] - y) : Infinity);
  const nearest = joints.reduce((best, joint, index) => (distance(joint) < distance(joints[best]) ? index : best), 0);
  return distance(joints[nearest]) <= reach * unit() ? nearest : -1;
}

function limbAt(event, reach) {
  const point = toPhoto(event);
  const distances = limbs.map(([a, b]) =>
    joints.length && joints[a][SEEN] && joints[b][SEEN] ? distanceToSegment(point, at(joints[a]), at(joints[b])) : Infinity,
  );
  const nearest = distances.indexOf(Math.min(...distances));
  return distances[nearest] <= reach * unit() ? nearest : -1;
}

const reachOf = (event) => (event.pointerType === 'touch' ? { joint: 28, limb: 14 } : { joint: 14, limb: 6 });

canvas.addEventListener('pointerdown', (event) => {
  if (fingerDown(event)) return cancelDrag();
  if (event.button !== 0 || drag || !joints.length) return;
  closePanels();
  const reach = reachOf(event);
  const index = jointAt(event, reach.joint);
  const limb = index < 0 ? limbAt(event, reach.limb) : -1;
  if (index < 0 && limb < 0) {
    select(-1);
    startPan(event);
    return;
  }
  event.preventDefault();
  endNudge();
  const from = toPhoto(event);
  const offset = index < 0 ? [0, 0] : minus(at(joints[index]), from);
  drag = { index, limb, before: joints, from, offset, moved: false, pointer: event.pointerId };
  canvas.setPointerCapture(event.pointerId);
  stage.dataset.over = 'drag';
  if (index < 0) return;
  jointNodes[index].focus({ preventScroll: true });
  select(index);
});

function hover(event) {
  const before = hovered;
  hovered = jointAt(event, 14);
  const isHeld = hovered >= 0 || limbAt(event, 6) >= 0;
  stage.dataset.over = isHeld ? 'joint' : '';
  if (before === hovered) return;
  drawTip(unit());
  drawTools(joints.length > 0);
}

function pulledTo(before, index, to, isFree) {
  const [width, height] = size();
  const inside = [clamp(to[0], 0, width - 1), clamp(to[1], 0, height - 1)];
  return isFree ? placed(before, index, ...inside) : sure(pulled(before, index, inside), index);
}

// A joint that the user put somewhere is certain.
const sure = (rows, index) => replaced(rows, index, [rows[index][X], rows[index][Y], 1, 1]);

canvas.addEventListener('pointermove', (event) => {
  if (fingerMove(event) || movePan(event) || !joints.length) return;
  if (!drag) return hover(event);
  if (event.pointerId !== drag.pointer) return;
  const now = toPhoto(event);
  drag.moved = true;
  const isFree = !isLocked || event.shiftKey;
  if (drag.index >= 0) joints = pulledTo(drag.before, drag.index, plus(now, drag.offset), isFree);
  else joints = swung(drag.before, limbs[drag.limb], drag.from, now);
  draw();
});

canvas.addEventListener('pointerup', (event) => {
  if (fingerUp(event)) return;
  if (endPan()) return (stage.dataset.over = '');
  if (!drag || event.pointerId !== drag.pointer) return;
  const { index, before, moved } = drag;
  drag = null;
  stage.dataset.over = '';
  // A click on a hidden joint takes it back.
  if (moved) commit(joints, before);
  else if (index >= 0 && !joints[index][SEEN]) commit(shown(joints, index, true));
});

function cancelDrag() {
  endPan();
  if (!drag) return;
  joints = drag.before;
  drag = null;
  draw();
}
canvas.addEventListener('pointercancel', (event) => {
  fingerUp(event);
  cancelDrag();
});
canvas.addEventListener('pointerleave', () => {
  hovered = -1;
  if (!joints.length) return;
  drawTip(unit());
  drawTools(true);
});

// touch-action on SVG nodes is not enough: without this, dragging a joint scrolls the page.
canvas.addEventListener(
  'touchstart',
  (event) => {
    const isOurs = event.touches.length > 1 || zoom() > 1.001 || jointAt(event.touches[0], 28) >= 0 || limbAt(event.touches[0], 14) >= 0;
    if (joints.length && isOurs) event.preventDefault();
  },
  { passive: false },
);

// ---- keyboard ----

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

canvas.addEventListener('keydown', (event) => {
  if (selected < 0 || !joints.length || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = event.shiftKey ? 10 : 1;
  if (event.key in ARROWS) nudging(pulledTo(joints, selected, plus(at(joints[selected]), times(step, ARROWS[event.key])), true));
  else if (event.key === 'Delete' || event.key === 'Backspace' || event.key === 'Enter' || event.key === ' ') actions.hide();
  else if (event.key === 'Escape') document.activeElement.blur();
  else return;
  event.preventDefault();
});
canvas.addEventListener('focusout', endNudge);

const PLAIN_KEYS = { '+': () => zoomBy(1.5), '=': () => zoomBy(1.5), '-': () => zoomBy(1 / 1.5), 0: () => show(wholeView()), l: toggleLock, b: toggleFrame, p: togglePhoto };

// Undo and zoom work wherever the focus is, except in fields that have keys of their own.
function onDocumentKey(event) {
  if (!element.isConnected) return document.removeEventListener('keydown', onDocumentKey);
  const isField = event.target.closest && event.target.closest('input:not([type=range]), textarea, select, [contenteditable]');
  if (isField || element.offsetParent === null || !joints.length) return;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) {
    if (key !== 'z' && key !== 'y') return;
    event.preventDefault();
    endNudge();
    return actions[key === 'y' || event.shiftKey ? 'redo' : 'undo']();
  }
  if (event.altKey || !(key in PLAIN_KEYS)) return;
  event.preventDefault();
  PLAIN_KEYS[key]();
}
document.addEventListener('keydown', onDocumentKey);
