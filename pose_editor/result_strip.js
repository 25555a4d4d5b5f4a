const part = (name) => element.querySelector('[data-part="' + name + '"]');

function thumbOf({ number, picture, caption, title }, chosen) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'tp-strip-item';
  button.dataset.number = number;
  button.title = title;
  button.setAttribute('aria-label', caption + ': ' + title);
  button.setAttribute('aria-pressed', String(number === chosen));
  const image = document.createElement('img');
  image.src = picture.url;
  image.alt = '';
  const label = document.createElement('span');
  label.textContent = caption;
  button.append(image, label);
  button.addEventListener('click', () => {
    props.value = { ...props.value, chosen: number };
    show();
    trigger('select', {});
  });
  return button;
}

function show() {
  const { thumbs = [], chosen = 0 } = props.value || {};
  part('hint').hidden = thumbs.length > 0;
  const focused = document.activeElement && document.activeElement.dataset.number;
  part('row').replaceChildren(...thumbs.map((thumb) => thumbOf(thumb, chosen)));
  // The row was built anew: the keyboard stays where it was.
  const again = focused && part('row').querySelector('[data-number="' + Number(focused) + '"]');
  if (again) again.focus({ preventScroll: true });
}

watch('value', show);
show();
part('strip').dataset.ready = '1';
