const part = (name) => element.querySelector('[data-part="' + name + '"]');

function show() {
  const { text = '', step = 0, steps = 0 } = props.value || {};
  part('text').textContent = part('text').title = text;
  const track = part('track');
  track.hidden = steps === 0;
  track.setAttribute('aria-valuemax', steps);
  track.setAttribute('aria-valuenow', step);
  part('bar').style.width = (steps ? (100 * step) / steps : 0) + '%';
}

watch('value', show);
show();
part('status').dataset.ready = '1';
