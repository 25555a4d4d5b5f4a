const part = (name) => element.querySelector('[data-part="' + name + '"]');
let sent = -1;  // the question that was answered last: a second press is not an answer to the next one

function pictureOf(file, label) {
  const image = document.createElement('img');
  image.src = file.url;
  image.alt = label;
  image.draggable = false;
  return image;
}

function choiceOf(file, place) {
  const button = document.createElement('button');
  button.type = 'button';
  button.dataset.answer = place;
  button.setAttribute('aria-label', 'Picture ' + (place + 1) + ' is the best');
  const key = document.createElement('kbd');
  key.textContent = place + 1;
  button.append(pictureOf(file, ''), key);
  return button;
}

function caseOf(file, caption) {
  const figure = document.createElement('figure');
  const label = document.createElement('figcaption');
  label.textContent = caption;
  figure.append(pictureOf(file, caption), label);
  return figure;
}

function show() {
  const { number = -1, total = 0, pictures = [], beside = [], captions = [], back = false } = props.value || {};
  const choosing = pictures.length > 1;
  const over = total > 0 && number >= total;
  part('stage').dataset.number = number;
  part('stage').dataset.kind = over ? 'end' : choosing ? 'choice' : 'single';
  part('question').textContent = over ? 'Done' : choosing
    ? 'Which picture shows the person best in the new pose?'
    : 'Is this a real photo, or was it generated?';
  part('count').textContent = total ? Math.min(number + 1, total) + ' of ' + total : '';
  part('track').setAttribute('aria-valuemax', total);
  part('track').setAttribute('aria-valuenow', Math.max(0, number));
  part('bar').style.width = (total ? (100 * Math.max(0, number)) / total : 0) + '%';
  part('case').replaceChildren(...beside.map((file, index) => caseOf(file, captions[index])));
  part('choices').replaceChildren(...(choosing ? pictures.map(choiceOf) : pictures.map((file) => pictureOf(file, 'The picture to judge'))));
  part('answers').hidden = choosing || over;
  part('case').hidden = !beside.length || over;
  part('end').hidden = !over;
  part('back').disabled = !back;
}

function send(event, answer) {
  const { number = -1 } = props.value || {};
  if (number === sent) return;
  sent = number;
  props.value = { ...props.value, answer };
  trigger(event, {});
  // Where nothing comes back (an error, a server that is gone) the buttons must not stay dead.
  setTimeout(() => { if (sent === number) sent = -1; }, 3000);
}

element.addEventListener('click', (event) => {
  const pressed = event.target.closest('button');
  if (!pressed || pressed.disabled) return;
  if (pressed.dataset.answer !== undefined) send('select', Number(pressed.dataset.answer));
  else if (pressed === part('back')) send('undo', -1);
  else if (pressed === part('next')) send('clear', -1);
});

document.addEventListener('keydown', (event) => {
  const seen = part('stage') && part('stage').offsetParent !== null;
  const typing = event.target.closest && event.target.closest('input, textarea, select, dialog, [contenteditable="true"]');
  if (!seen || typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = event.key === 'Backspace' ? part('back')
    : /^[1-9]$/.test(event.key) ? [...element.querySelectorAll('[data-answer]')].find(
      (each) => each.offsetParent !== null && Number(each.dataset.answer) === Number(event.key) - 1) : null;
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});

watch('value', show);
show();
part('stage').dataset.ready = '1';
