// The parsing viewer: labels to look at, to select and to lock. Runs once per mount with element, trigger, props, upload
// and watch from gr.HTML. `parsing_paint.js` corrects the labels.
const part = (name) => element.querySelector('[data-part="' + name + '"]');
const act = (name) => element.querySelector('[data-act="' + name + '"]');
const viewer = part('viewer');
const stage = part('stage');
const marks = part('marks');
const labels = createLabelMap();
const known = new Map(props.parts.map((each) => [each.number, each]));
const colors = new Map(props.parts.map(({ number, color }) => [number, color]));
let scene = null; // another key is another photo
let source = null; // the address of the label map that was loaded
let selected = new Set();
let locked = new Set();
let hovered = 0;
let cursor = null; // the pointer's place on the map

const isOpen = () => viewer.dataset.empty === '0';
const nameOf = (number) => (known.has(number) ? known.get(number).name : '');
const place = () => placeOf(marks, labels.width || 1, labels.height || 1);

function toMap(event) {
  const { x, y, scale } = place();
  return [(event.clientX - x) / scale, (event.clientY - y) / scale];
}

// ---- what is selected and locked travels with the value ----

function tell() {
  props.value = { ...props.value, selected: [...selected], locked: [...locked], corrected: null };
}

function toggle(number) {
  if (!nameOf(number)) return;
  if (!selected.delete(number)) selected.add(number);
  tell();
  draw();
}

function lock() {
  const isLocking = [...selected].some((number) => !locked.has(number));
  for (const number of selected) isLocking ? locked.add(number) : locked.delete(number);
  tell();
  draw();
  part('hint').textContent = isLocking ? 'Locked: Generate leaves this as the preview shows it.' : 'Unlocked.';
}

// ---- drawing ----

function chip([number, count], total) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tp-chip';
  button.dataset.number = number;
  button.dataset.locked = locked.has(number) ? '1' : '0';
  button.title = Math.round((1000 * count) / total) / 10 + ' % of the person' + (locked.has(number) ? ', locked' : '');
  button.setAttribute('aria-pressed', String(selected.has(number)));
  const swatch = document.createElement('i');
  swatch.style.background = 'rgb(' + colors.get(number).join() + ')';
  button.append(swatch, document.createTextNode(nameOf(number)));
  button.addEventListener('click', () => toggle(number));
  button.addEventListener('mouseenter', () => light(number));
  button.addEventListener('mouseleave', () => light(0));
  return button;
}

function drawLegend() {
  const counts = isOpen() && labels.isLoaded ? countLabels(labels.values) : [];
  const present = [...known.keys()].filter((number) => counts[number]).map((number) => [number, counts[number]]);
  present.sort((a, b) => b[1] - a[1]);
  const total = present.reduce((sum, [, count]) => sum + count, 0);
  const focused = element.contains(document.activeElement) && document.activeElement.dataset.number;
  part('legend').replaceChildren(...present.map((entry) => chip(entry, total)));
  const again = focused && part('legend').querySelector('[data-number="' + Number(focused) + '"]');
  if (again) again.focus({ preventScroll: true });
}

function drawMarkings() {
  if (!labels.isLoaded) return;
  drawMarks(marks, labels, { selected, locked, hovered }, Math.max(1, Math.round(1.5 / place().scale)));
}

function draw() {
  drawLegend();
  drawMarkings();
  const isAllLocked = selected.size > 0 && [...selected].every((number) => locked.has(number));
  act('lock').textContent = isAllLocked ? 'Unlock' : 'Lock';
  act('lock').disabled = !selected.size;
  drawTools();
}

function light(number) {
  if (number === hovered) return;
  hovered = nameOf(number) ? number : 0;
  drawMarkings();
}

function showTip(event) {
  const name = cursor ? nameOf(labels.at(cursor)) : '';
  part('tip').hidden = !name;
  if (!name) return;
  part('tip').textContent = name + (locked.has(labels.at(cursor)) ? ', locked' : '');
  const box = stage.getBoundingClientRect();
  part('tip').style.left = event.clientX - box.left + 'px';
  part('tip').style.top = event.clientY - box.top + 'px';
}

function fade() {
  const percent = part('opacity').value;
  part('overlay').style.opacity = percent / 100;
  part('percent').textContent = percent + ' %';
}

// ---- what Python writes ----

async function adopt() {
  const value = props.value || {};
  wait('');
  if (value.key !== scene) {
    scene = value.key;
    source = null;
    [selected, locked, hovered] = [new Set(), new Set(), 0];
    say('');
    viewer.dataset.empty = value.photo ? '0' : '1';
    if (value.photo) part('photo').src = value.photo.url;
  }
  if (value.locked) locked = new Set(value.locked); // without it, the locks stay as they are
  const url = value.labels ? value.labels.url : null;
  if (url !== source) {
    source = url;
    await labels.load(url);
    if (url !== source) return;
    forget();
    viewer.dataset.labels = url || '';
  }
  if (String([...selected]) !== String(value.selected || []) || String([...locked]) !== String(value.locked)) tell();
  draw();
}
