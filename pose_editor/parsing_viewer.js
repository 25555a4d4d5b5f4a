const part = (name) => element.querySelector('[data-part="' + name + '"]');

function legendItem(entry) {
  const item = document.createElement('li');
  const swatch = document.createElement('i');
  swatch.style.background = entry.color;
  item.title = entry.percent + ' % of the person';
  item.append(swatch, document.createTextNode(entry.name));
  return item;
}

function show() {
  const { photo, overlay, legend = [] } = props.value || {};
  part('viewer').dataset.empty = photo ? '0' : '1';
  if (photo) {
    part('photo').src = photo.url;
    part('overlay').src = overlay.url;
  }
  part('legend').replaceChildren(...legend.map(legendItem));
}

function fade() {
  const percent = part('opacity').value;
  part('overlay').style.opacity = percent / 100;
  part('percent').textContent = percent + ' %';
}

part('opacity').addEventListener('input', fade);
watch('value', show);
show();
fade();
part('viewer').dataset.ready = '1';
