// The pose canvas. Runs once per mount with element, trigger, props, server, upload and watch from gr.HTML.
// Everything shown is set with textContent and setAttribute: file names and poses come from outside.
const { names, limbs, colors, mirrored } = props.anatomy;
const part = (name) => element.querySelector('[data-part="' + name + '"]');
const editor = part('editor');
const stage = part('stage');
const canvas = part('canvas');

const history = createHistory();
let joints = [];
let scene = null; // whose joints these are: another key is another photo
let photoPose = []; // the pose that Reset goes back to
let selected = -1;
let hovered = -1;
let drag = null; // {index, before, offset, moved} while a joint is held
let nudge = null; // {before, timer} while arrow keys move a joint

const size = () => [props.value.width, props.value.height];
const isInside = ([x, y]) => x >= 0 && y >= 0 && x <= size()[0] && y <= size()[1];
// Unseen joints lie where they are estimated to be; at the origin if nobody has an idea.
const isKnown = (joint) => joint[SEEN] || joint[X] !== 0 || joint[Y] !== 0;
const hasPlace = (joint) => isInside(joint) && isKnown(joint);

// ---- drawing ----

function svgNode(tag, attributes, parent) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  parent.append(node);
  return node;
}

const limbEdges = limbs.map(() => svgNode('line', { class: 'tp-limb-edge' }, part('limbs')));
const limbLines = limbs.map((_, index) => svgNode('line', { class: 'tp-limb', stroke: colors[index] }, part('limbs')));
const jointNodes = names.map((name, index) => {
  const node = svgNode('g', { class: 'tp-joint', tabindex: 0, role: 'button', 'data-joint': index }, part('joints'));
  svgNode('circle', { fill: colors[index] }, node);
  node.addEventListener('focus', () => select(index));
  return node;
});

// One CSS pixel in the photo's pixels, right also where the photo is letterboxed.
function unit() {
  const matrix = canvas.getScreenCTM();
  return matrix && matrix.a ? 1 / matrix.a : 1;
}

function drawLimb(index, pixel) {
  const [a, b] = limbs[index].map((joint) => joints[joint]);
  const isUnsure = Math.min(a[SCORE], b[SCORE]) < UNSURE_BELOW;
  for (const [line, width] of [[limbEdges[index], 5], [limbLines[index], 3]]) {
    line.style.display = a[SEEN] && b[SEEN] ? '' : 'none';
    line.setAttribute('x1', a[X]);
    line.setAttribute('y1', a[Y]);
    line.setAttribute('x2', b[X]);
    line.setAttribute('y2', b[Y]);
    line.setAttribute('stroke-width', width * pixel);
    line.dataset.unsure = isUnsure ? '1' : '0';
  }
}

function drawJoint(index, pixel) {
  const joint = joints[index];
  const node = jointNodes[index];
  const [x, y, score, seen] = joint;
  node.style.display = hasPlace(joint) ? '' : 'none';
  node.dataset.seen = seen ? '1' : '0';
  node.dataset.unsure = seen && score < UNSURE_BELOW ? '1' : '0';
  node.dataset.selected = index === selected ? '1' : '0';
  node.dataset.x = x;
  node.dataset.y = y;
  node.setAttribute('aria-label', describe(index));
  const circle = node.firstChild;
  const isFace = index === 0 || index > 13; // the face's joints stand close together
  circle.setAttribute('cx', x);
  circle.setAttribute('cy', y);
  circle.setAttribute('r', ((isFace ? 4 : 5.5) + (index === selected ? 2 : 0)) * pixel);
  circle.setAttribute('stroke-width', (index === selected ? 2.5 : 1.5) * pixel);
  circle.setAttribute('stroke-dasharray', seen ? 'none' : 3 * pixel + ' ' + 2 * pixel);
}

function describe(index) {
  const [x, y, score, seen] = joints[index];
  const name = names[index][0].toUpperCase() + names[index].slice(1);
  const unused = score > 0 ? ', hidden: not used' : ', estimated: not used until you move it';
  const note = !seen ? unused : score < UNSURE_BELOW ? ', unsure (' + Math.round(100 * score) + ' %)' : '';
  return name + ' ' + Math.round(x) + ', ' + Math.round(y) + note;
}

function trayButton(index) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = '+ ' + names[index];
  button.title = joints[index][SEEN] ? 'Outside the photo: bring it in' : 'Not seen: put it on the photo';
  button.addEventListener('click', () => takeFromTray(index));
  return button;
}

function draw() {
  const isOpen = joints.length > 0;
  if (isOpen) {
    const pixel = unit();
    limbs.forEach((_, index) => drawLimb(index, pixel));
    joints.forEach((_, index) => drawJoint(index, pixel));
    drawPeople();
    drawLandmarks();
  }
  const outside = joints.map((joint, index) => (hasPlace(joint) ? -1 : index)).filter((index) => index >= 0);
  if (part('tray').dataset.joints !== outside.join()) {
    part('tray').dataset.joints = outside.join();
    part('tray').replaceChildren(...outside.map(trayButton));
  }
  drawTools(isOpen);
}

function drawTools(isOpen) {
  const able = {
    undo: history.canUndo || nudge !== null,
    redo: history.canRedo,
    hide: isOpen && selected >= 0 && hasPlace(joints[selected]),
    mirror: isOpen,
    reset: isOpen && !sameJoints(joints, photoPose),
    import: isOpen,
    export: isOpen,
  };
  for (const [act, isAble] of Object.entries(able)) element.querySelector('[data-act="' + act + '"]').disabled = !isAble;
  const isHidden = able.hide && !joints[selected][SEEN];
  part('hide-label').textContent = isHidden ? 'Show' : 'Hide';
  const named = hovered >= 0 ? hovered : selected;
  const hint = isOpen ? 'Drag a joint. Arrow keys nudge, Shift by 10.' : '';
  part('name').textContent = isOpen && named >= 0 ? describe(named) : hint;
}

// ---- changing the pose ----

function send() {
  props.value = { ...props.value, keypoints: joints, upload: null };
  trigger('release', {});
}

function commit(next, before = joints) {
  if (sameJoints(next, before)) return;
  history.push(before);
  joints = next;
  say('');
  draw();
  send();
}

function endNudge() {
  if (!nudge) return;
  clearTimeout(nudge.timer);
  const { before } = nudge;
  nudge = null;
  commit(joints, before);
}

function travel(joints_) {
  if (!joints_) return;
  joints = joints_;
  draw();
  send();
}

function select(index) {
  if (selected === index) return;
  endNudge();
  hovered = -1;
  selected = index;
  draw();
}

function takeFromTray(index) {
  const [width, height] = size();
  const [x, y] = joints[index];
  const inside = isKnown(joints[index])
    ? [clamp(x, 0, width - 1), clamp(y, 0, height - 1)]
    : firstPlace(joints, index, limbs, width, height);
  commit(placed(joints, index, ...inside));
  jointNodes[index].focus();
}

const actions = {
  open: () => part('photo-file').click(),
  undo: () => travel(history.undo(joints)),
  redo: () => travel(history.redo(joints)),
  hide: () => selected >= 0 && commit(shown(joints, selected, !joints[selected][SEEN])),
  mirror: () => commit(mirroredInPlace(joints, mirrored)),
  reset: () => commit(photoPose),
  import: () => part('pose-file').click(),
  export: savePose,
};
for (const button of element.querySelectorAll('[data-act]')) {
  button.addEventListener('click', () => {
    endNudge();
    actions[button.dataset.act]();
  });
}

// ---- pointer ----

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

canvas.addEventListener('pointerdown', (event) => {
  if (event.button !== 0 || drag) return;
  const index = jointAt(event, event.pointerType === 'touch' ? 28 : 14);
  if (index < 0) return select(-1);
  event.preventDefault();
  endNudge();
  const [x, y] = toPhoto(event);
  const offset = [joints[index][X] - x, joints[index][Y] - y];
  drag = { index, before: joints, offset, moved: false, pointer: event.pointerId };
  canvas.setPointerCapture(event.pointerId);
  stage.dataset.over = 'drag';
  jointNodes[index].focus({ preventScroll: true });
  select(index);
});

canvas.addEventListener('pointermove', (event) => {
  if (!drag) {
    hovered = jointAt(event, 14);
    stage.dataset.over = hovered >= 0 ? 'joint' : '';
    return drawTools(joints.length > 0);
  }
  if (event.pointerId !== drag.pointer) return;
  const [x, y] = toPhoto(event);
  const [width, height] = size();
  drag.moved = true;
  const place = [clamp(x + drag.offset[0], 0, width - 1), clamp(y + drag.offset[1], 0, height - 1)];
  joints = placed(joints, drag.index, ...place);
  draw();
});

canvas.addEventListener('pointerup', (event) => {
  if (!drag || event.pointerId !== drag.pointer) return;
  const { index, before, moved } = drag;
  drag = null;
  stage.dataset.over = '';
  // A click on a hidden joint takes it back.
  if (moved) commit(joints, before);
  else if (!joints[index][SEEN]) commit(shown(joints, index, true));
});

canvas.addEventListener('pointercancel', () => {
  if (!drag) return;
  joints = drag.before;
  drag = null;
  draw();
});
canvas.addEventListener('pointerleave', () => {
  hovered = -1;
  drawTools(joints.length > 0);
});

// touch-action on SVG nodes is not enough: without this, dragging a joint scrolls the page.
canvas.addEventListener(
  'touchstart',
  (event) => {
    if (event.touches.length === 1 && jointAt(event.touches[0], 28) >= 0) event.preventDefault();
  },
  { passive: false },
);

// ---- keyboard ----

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function nudgeBy(dx, dy) {
  const [width, height] = size();
  const [x, y] = joints[selected];
  nudge = nudge || { before: joints, timer: 0 };
  clearTimeout(nudge.timer);
  nudge.timer = setTimeout(endNudge, 300);
  joints = placed(joints, selected, clamp(x + dx, 0, width - 1), clamp(y + dy, 0, height - 1));
  draw();
}

canvas.addEventListener('keydown', (event) => {
  if (selected < 0 || !joints.length || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = event.shiftKey ? 10 : 1;
  if (event.key in ARROWS) nudgeBy(ARROWS[event.key][0] * step, ARROWS[event.key][1] * step);
  else if (event.key === 'Delete' || event.key === 'Backspace' || event.key === 'Enter' || event.key === ' ') actions.hide();
  else if (event.key === 'Escape') document.activeElement.blur();
  else return;
  event.preventDefault();
});
canvas.addEventListener('focusout', endNudge);

// Undo works wherever the focus is, except in fields that have an undo of their own.
function onDocumentKey(event) {
  if (!element.isConnected) return document.removeEventListener('keydown', onDocumentKey);
  const isField = event.target.closest && event.target.closest('input:not([type=range]), textarea, [contenteditable]');
  if (isField || element.offsetParent === null || !(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key !== 'z' && key !== 'y') return;
  event.preventDefault();
  endNudge();
  actions[key === 'y' || event.shiftKey ? 'redo' : 'undo']();
}
document.addEventListener('keydown', onDocumentKey);
