// The region picker: a photo whose garments can be clicked. Runs once per mount with element, trigger, props, upload and
// watch from gr.HTML.
const part = (name) => element.querySelector('[data-part="' + name + '"]');
const picker = part('picker');
const stage = part('stage');
const labels = createLabelMap();
const HINT = 'Takes the kind of garment that is painted. Click another to take that.';
let scene = null; // another key is another photo

const nameOf = (number) => ((props.value.names || []).find((each) => each.number === number) || {}).name || '';

function labelAt(event) {
  const [width, height] = props.value.grid;
  const place = placeOf(part('photo'), width, height);
  return labels.at([(event.clientX - place.x) / place.scale, (event.clientY - place.y) / place.scale]);
}

function pick(number) {
  props.value = { ...props.value, region: number, upload: null };
  draw();
}

function chip(number, name) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tp-chip';
  button.textContent = name;
  button.setAttribute('aria-pressed', String(number === (props.value.region || 0)));
  button.addEventListener('click', () => pick(number));
  return button;
}

function draw(hovered = 0) {
  const { names = [], region = 0, photo } = props.value || {};
  labels.light(part('glow'), nameOf(hovered) ? hovered : region);
  const shown = scene + ':' + region;
  if (part('regions').dataset.shown !== shown) {
    part('regions').dataset.shown = shown;
    part('regions').replaceChildren(
      ...(photo ? [chip(0, 'Same kind'), ...names.filter((each) => each.is_garment).map(({ number, name }) => chip(number, name))] : []),
    );
  }
  part('hint').textContent = photo ? nameOf(hovered) || (region ? nameOf(region) : HINT) : '';
}

function adopt() {
  const value = props.value || {};
  if (value.key === scene) return;
  wait('');
  say('');
  scene = value.key;
  picker.dataset.empty = value.photo ? '0' : '1';
  if (value.photo) {
    part('photo').src = value.photo.url;
    labels.load(value.labels && value.labels.url).then(() => draw());
  }
  showPeople(part('people'), value);
  draw();
}

part('photo').addEventListener('mousemove', (event) => draw(labelAt(event)));
part('photo').addEventListener('mouseleave', () => draw());
part('photo').addEventListener('click', (event) => nameOf(labelAt(event)) && pick(labelAt(event)));
for (const button of element.querySelectorAll('[data-act="open"]')) {
  button.addEventListener('click', () => part('photo-file').click());
}
acceptPhotos(stage);
watch('value', adopt);
// Python answers every upload, also one that changes nothing.
watch('answer', () => wait(''));
adopt();
picker.dataset.ready = '1';
