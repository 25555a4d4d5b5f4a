// ---- the whole body: a frame around it, with handles to move, scale and turn it ----
// The frame keeps its foot: people scale and turn about where they stand.

let isFrameShown = false;
let frameDrag = null; // {kind, before, from}
const HANDLE_NAMES = { move: 'Move the whole body', scale: 'Scale the whole body', turn: 'Turn the whole body' };

const frameBox = svgNode('rect', { class: 'tp-frame' }, part('frame'));
const handleNodes = Object.fromEntries(
  Object.entries(HANDLE_NAMES).map(([kind, label]) => {
    const attributes = { class: 'tp-handle', tabindex: 0, role: 'button', 'aria-label': label, 'data-handle': kind };
    const node = svgNode('g', attributes, part('frame'));
    svgNode('circle', {}, node);
    svgNode('path', { fill: 'none' }, node);
    svgNode('title', {}, node).textContent = label;
    node.addEventListener('pointerdown', (event) => startFrameDrag(event, kind));
    node.addEventListener('keydown', (event) => nudgeBody(event, kind));
    return [kind, node];
  }),
);
const SIGNS = {
  move: 'M-6 0H6M0-6V6M-6 0l2-2M-6 0l2 2M6 0l-2-2M6 0l-2 2M0-6l-2 2M0-6l2 2M0 6l-2-2M0 6l2-2',
  scale: 'M-5-5 5 5M-5-5h4M-5-5v4M5 5h-4M5 5v-4',
  turn: 'M-5 1A5 5 0 1 1 0 6M-5 1l-2-3M-5 1l3-2',
};

function frameCorners() {
  const margin = 16 * unit();
  const [x0, y0, x1, y1] = boxOf(joints);
  return [x0 - margin, y0 - margin, x1 + margin, y1 + margin];
}

function drawFrame() {
  const isOn = isFrameShown && joints.some((joint) => joint[SEEN]);
  part('frame').style.display = isOn ? '' : 'none';
  if (!isOn) return;
  const pixel = unit();
  const [x0, y0, x1, y1] = frameCorners();
  place(frameBox, { x: x0, y: y0, width: x1 - x0, height: y1 - y0 });
  const [left, top, right, bottom] = viewBox();
  const inView = ([x, y]) => [clamp(x, left + 16 * pixel, right - 16 * pixel), clamp(y, top + 16 * pixel, bottom - 16 * pixel)];
  const places = { move: [x0, y1], scale: [x1, y0], turn: [x0, y0] };
  for (const [kind, node] of Object.entries(handleNodes)) {
    const [x, y] = inView(places[kind]);
    node.setAttribute('transform', 'translate(' + x + ' ' + y + ') scale(' + pixel + ')');
    node.firstChild.setAttribute('r', 13);
    node.children[1].setAttribute('d', SIGNS[kind]);
  }
}

const footOf = (before) => {
  const [x0, , x1, y1] = boxOf(before);
  return [(x0 + x1) / 2, y1];
};

function framed(kind, before, from, to) {
  const foot = footOf(before);
  if (kind === 'move') return bodyMoved(before, minus(to, from));
  if (kind === 'turn') return bodyTurned(before, angleBetween(foot, from, to), foot);
  const factor = clamp(norm(minus(to, foot)) / Math.max(norm(minus(from, foot)), 1), 0.2, 5);
  return bodyScaled(before, factor, foot);
}

function startFrameDrag(event, kind) {
  if (event.button !== 0) return;
  event.preventDefault();
  event.stopPropagation();
  endNudge();
  frameDrag = { kind, before: joints, from: toPhoto(event), pointer: event.pointerId };
  handleNodes[kind].setPointerCapture(event.pointerId);
  handleNodes[kind].focus({ preventScroll: true });
}

part('frame').addEventListener('pointermove', (event) => {
  if (!frameDrag || event.pointerId !== frameDrag.pointer) return;
  joints = framed(frameDrag.kind, frameDrag.before, frameDrag.from, toPhoto(event));
  draw();
});
part('frame').addEventListener('pointerup', () => {
  if (!frameDrag) return;
  const { before } = frameDrag;
  frameDrag = null;
  commit(joints, before);
});
part('frame').addEventListener('pointercancel', () => {
  if (!frameDrag) return;
  joints = frameDrag.before;
  frameDrag = null;
  draw();
});
part('frame').addEventListener('touchstart', (event) => event.preventDefault(), { passive: false });

// Arrow keys on a handle: move by pixels, scale by percents, turn by degrees; Shift by ten.
function nudgeBody(event, kind) {
  if (!(event.key in ARROWS)) return;
  event.preventDefault();
  event.stopPropagation();
  const [dx, dy] = times(event.shiftKey ? 10 : 1, ARROWS[event.key]);
  const foot = footOf(joints);
  const next = {
    move: () => bodyMoved(joints, [dx, dy]),
    scale: () => bodyScaled(joints, 1 + (dx - dy) / 100, foot),
    turn: () => bodyTurned(joints, ((dx + dy) * Math.PI) / 180, foot),
  }[kind]();
  nudging(next);
}
