// ---- points of face and hands, where the reader finds them ----

// They belong to the photo: a pose that was changed has none.
function drawLandmarks() {
  const { landmarks = [] } = props.value || {};
  const group = part('landmarks');
  if (group.dataset.scene !== scene) {
    group.dataset.scene = scene;
    group.replaceChildren();
    for (const [cx, cy] of landmarks) svgNode('circle', { cx, cy }, group);
  }
  group.style.display = sameJoints(joints, photoPose) ? '' : 'none';
  group.style.setProperty('--tp-dot', 1.6 * unit() + 'px');
}

// ---- the other people of the photo: a frame around each, and a label to click ----

function chooseOther(number) {
  props.value = { ...props.value, chosen: number, upload: null };
  wait('Reading this person');
  trigger('select', {});
}

function personNode(number) {
  svgNode('rect', { class: 'tp-person-frame', fill: 'none' }, part('people'));
  const group = svgNode('g', { class: 'tp-person', tabindex: 0, role: 'button', 'data-person': number }, part('people'));
  svgNode('rect', { class: 'tp-person-label' }, group);
  svgNode('text', { 'text-anchor': 'middle' }, group).textContent = 'Person ' + (number + 1);
  group.setAttribute('aria-label', 'Pose person ' + (number + 1) + ' instead');
  group.addEventListener('pointerdown', (event) => event.stopPropagation());
  group.addEventListener('click', () => chooseOther(number));
  group.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    event.stopPropagation();
    chooseOther(number);
  });
}

function place(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

function drawPeople() {
  const { people = [], person = 0 } = props.value || {};
  const pixel = unit();
  const nodes = people.length > 1 ? people.map((_, number) => number).filter((number) => number !== person) : [];
  if (part('people').dataset.shown !== scene + nodes.join()) {
    part('people').dataset.shown = scene + nodes.join();
    part('people').replaceChildren();
    nodes.forEach(personNode);
  }
  nodes.forEach((number, row) => {
    const [frame, button] = [...part('people').children].slice(2 * row, 2 * row + 2);
    const [label, text] = button.children;
    const [x0, y0, x1, y1] = people[number];
    place(frame, { x: x0, y: y0, width: x1 - x0, height: y1 - y0, 'stroke-width': 1.5 * pixel });
    const middle = clamp((x0 + x1) / 2, 38 * pixel, size()[0] - 38 * pixel);
    place(label, { x: middle - 36 * pixel, y: y0 + 4 * pixel, width: 72 * pixel, height: 24 * pixel, rx: 12 * pixel });
    place(text, { x: middle, y: y0 + 20.5 * pixel, 'font-size': 12.5 * pixel });
  });
}
