// ---- poses to start from: presets, and the pose of another picture ----

const PANELS = ['pose-panel', 'save-panel'];

function closePanels() {
  for (const name of PANELS) part(name).hidden = true;
}

function togglePanel(name) {
  const isHidden = part(name).hidden;
  closePanels();
  part(name).hidden = !isHidden;
  const first = part(name).querySelector('button');
  if (isHidden && first) first.focus({ preventScroll: true });
}
editor.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || PANELS.every((name) => part(name).hidden)) return;
  event.stopPropagation();
  closePanels();
});

function presetButton({ name, keypoints }) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tp-preset';
  const [x0, y0, x1, y1] = boxOf(keypoints);
  const side = Math.max(y1 - y0, (x1 - x0) * 1.2, 1);
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  drawing.setAttribute('viewBox', [cx - side * 0.45, cy - side * 0.54, side * 0.9, side * 1.08].join(' '));
  limbs.forEach(([a, b], index) => {
    const [from, to] = [keypoints[a], keypoints[b]];
    if (!from[SEEN] || !to[SEEN]) return;
    const line = { x1: from[X], y1: from[Y], x2: to[X], y2: to[Y], stroke: colors[index], 'stroke-width': side * 0.028 };
    svgNode('line', { ...line, 'stroke-linecap': 'round' }, drawing);
  });
  const label = document.createElement('span');
  label.textContent = name;
  button.append(drawing, label);
  button.addEventListener('click', () => {
    closePanels();
    commit(keypoints);
  });
  return button;
}

function showPresets({ presets = [] }) {
  part('presets').replaceChildren(...presets.map(presetButton));
}

async function sendLender(file) {
  if (!file) return;
  closePanels();
  say('');
  wait('Reading the pose of ' + file.name);
  try {
    const lender = await uploaded(file);
    props.value = { ...props.value, upload: null, corrected: [], lender };
    trigger('apply', {});
  } catch (error) {
    wait(''); // Gradio shows why
  }
}
onFile(part('lender-file'), sendLender);

// ---- the skeleton as a picture: what pose-guided models take ----

function saveSkeletonImage() {
  closePanels();
  const [width, height] = size();
  const page = document.createElement('canvas');
  [page.width, page.height] = [width, height];
  const pen = page.getContext('2d');
  pen.fillStyle = 'black';
  pen.fillRect(0, 0, width, height);
  const thick = Math.max(2, Math.min(width, height) / 100);
  pen.lineCap = 'round';
  pen.lineWidth = thick;
  limbs.forEach(([a, b], index) => {
    if (!joints[a][SEEN] || !joints[b][SEEN]) return;
    pen.strokeStyle = colors[index];
    pen.beginPath();
    pen.moveTo(...at(joints[a]));
    pen.lineTo(...at(joints[b]));
    pen.stroke();
  });
  joints.forEach((joint, index) => {
    if (!joint[SEEN]) return;
    pen.fillStyle = colors[index];
    pen.beginPath();
    pen.arc(joint[X], joint[Y], thick * 0.75, 0, 2 * Math.PI);
    pen.fill();
  });
  page.toBlob((blob) => download(blob, 'pose.png'), 'image/png');
}
