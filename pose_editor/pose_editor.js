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
let drag = null; // what a pointer holds: see pose_pointer.js
let nudge = null; // {before, timer} while arrow keys move something
let isLocked = true; // bones keep their length

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

// The name beside the joint that the pointer is over.
function drawTip(pixel) {
  const isOn = hovered >= 0 && !drag && hasPlace(joints[hovered]);
  part('tip').style.display = isOn ? '' : 'none';
  if (!isOn) return;
  const [x, y] = joints[hovered];
  part('tip').textContent = names[hovered];
  const isRight = x > size()[0] / 2;
  place(part('tip'), {
    x: x + (isRight ? -12 : 12) * pixel, y: y - 10 * pixel, 'font-size': 13 * pixel, 'stroke-width': 3 * pixel,
    'text-anchor': isRight ? 'end' : 'start',
  });
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
    drawTip(pixel);
    drawPeople();
    drawLandmarks();
    drawFrame();
    askFrame();
  }
  const outside = joints.map((joint, index) => (hasPlace(joint) ? -1 : index)).filter((index) => index >= 0);
  if (part('tray').dataset.joints !== outside.join()) {
    part('tray').dataset.joints = outside.join();
    part('tray').replaceChildren(...outside.map(trayButton));
  }
  drawTools(isOpen);
}

const tool = (act) => element.querySelector('[data-act="' + act + '"]');
const pressed = (act, isOn) => tool(act).setAttribute('aria-pressed', isOn ? 'true' : 'false');

function drawTools(isOpen) {
  const able = {
    undo: history.canUndo || nudge !== null,
    redo: history.canRedo,
    hide: isOpen && selected >= 0 && hasPlace(joints[selected]),
    reset: isOpen && !sameJoints(joints, photoPose),
    poses: isOpen && !isCorrecting(),
    'zoom-in': isOpen && zoom() < MAX_ZOOM,
    'zoom-out': isOpen && zoom() > 1.001,
    ...Object.fromEntries(['mirror', 'frame', 'lock', 'correct', 'import', 'export'].map((act) => [act, isOpen])),
  };
  for (const [act, isAble] of Object.entries(able)) tool(act).disabled = !isAble;
  tool('hide').title = able.hide && !joints[selected][SEEN] ? 'Show the selected joint (Del)' : 'Hide the selected joint (Del)';
  pressed('lock', isLocked);
  pressed('frame', isFrameShown);
  pressed('correct', isCorrecting());
  pressed('photo-only', isPhotoKept);
  tool('photo-only').hidden = !isOpen || puppet === null || isCorrecting() || sameJoints(joints, photoPose);
  part('zoom').hidden = !isOpen;
  const named = hovered >= 0 ? hovered : selected;
  const hint = isLocked ? 'Drag a joint or a limb. Shift frees its length.' : 'Drag a joint anywhere. Limb lengths are free.';
  part('name').textContent = !isOpen ? '' : named >= 0 ? describe(named) : isCorrecting() ? 'Put the joints where they are in the photo.' : hint;
}

// ---- changing the pose ----

function send() {
  if (isCorrecting()) return; // told when it is done
  props.value = { ...props.value, keypoints: joints, upload: null, lender: null, corrected: [] };
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

// Keys that come quickly are one step to undo.
function nudging(next) {
  nudge = nudge || { before: joints, timer: 0 };
  clearTimeout(nudge.timer);
  nudge.timer = setTimeout(endNudge, 300);
  joints = next;
  draw();
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

function toggleFrame() {
  isFrameShown = !isFrameShown;
  draw();
}

function toggleLock() {
  isLocked = !isLocked;
  draw();
}

function togglePhoto() {
  isPhotoKept = !isPhotoKept;
  draw();
}

const actions = {
  open: () => part('photo-file').click(),
  undo: () => travel(history.undo(joints)),
  redo: () => travel(history.redo(joints)),
  hide: () => selected >= 0 && commit(shown(joints, selected, !joints[selected][SEEN])),
  mirror: () => commit(mirroredInPlace(joints, mirrored)),
  reset: () => commit(photoPose),
  import: () => part('pose-file').click(),
  export: () => togglePanel('save-panel'),
  poses: () => togglePanel('pose-panel'),
  lender: () => part('lender-file').click(),
  lock: toggleLock,
  frame: toggleFrame,
  correct: () => (isCorrecting() ? endCorrecting(true) : startCorrecting()),
  'correct-done': () => endCorrecting(true),
  'correct-cancel': () => endCorrecting(false),
  'photo-only': togglePhoto,
  'zoom-in': () => zoomBy(1.5),
  'zoom-out': () => zoomBy(1 / 1.5),
  'save-18': () => savePose(18),
  'save-25': () => savePose(25),
  'save-17': () => savePose(17),
  'save-image': saveSkeletonImage,
};
for (const button of element.querySelectorAll('[data-act]')) {
  button.addEventListener('click', () => {
    endNudge();
    actions[button.dataset.act]();
  });
}
