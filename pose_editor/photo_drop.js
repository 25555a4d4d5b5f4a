// ---- a photo dropped, chosen or pasted; what is said over the stage meanwhile ----

function say(text) {
  part('message').textContent = text;
  part('message').hidden = !text;
}

function wait(text) {
  part('veil-text').textContent = text;
  part('veil').hidden = !text;
}

async function sendPhoto(file) {
  if (!file) return;
  say('');
  wait('Uploading ' + file.name);
  try {
    const { path } = await upload(file);
    const meta = { _type: 'gradio.FileData' };
    props.value = { ...props.value, upload: { path, orig_name: file.name, meta } };
    wait('Reading the photo');
    trigger('upload', {});
  } catch (error) {
    wait(''); // Gradio shows why
  }
}

// Calls back with the file; the same one can be chosen again.
function onFile(input, take) {
  input.addEventListener('change', (event) => {
    take(event.target.files[0]);
    event.target.value = '';
  });
}

function acceptPhotos(stage) {
  onFile(part('photo-file'), sendPhoto);
  stage.addEventListener('dragover', (event) => {
    event.preventDefault();
    stage.dataset.over = 'file';
  });
  stage.addEventListener('dragleave', () => (stage.dataset.over = ''));
  stage.addEventListener('drop', (event) => {
    event.preventDefault();
    stage.dataset.over = '';
    sendPhoto(event.dataTransfer.files[0]);
  });
  // Two photos are open side by side: the one under the pointer is meant.
  function onPaste(event) {
    if (!element.isConnected) return document.removeEventListener('paste', onPaste);
    const file = [...event.clipboardData.files].find((each) => each.type.startsWith('image/'));
    if (file && element.offsetParent !== null && element.matches(':hover')) sendPhoto(file);
  }
  document.addEventListener('paste', onPaste);
}

// ---- the people of the photo, to choose from ----

function showPeople(container, { people = [], person = 0 }) {
  const buttons = people.length < 2 ? [] : people.map((_, number) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'tp-chip';
    button.textContent = 'Person ' + (number + 1);
    button.setAttribute('aria-pressed', String(number === person));
    button.addEventListener('click', () => {
      if (number === (props.value.person || 0)) return;
      props.value = { ...props.value, chosen: number, upload: null };
      wait('Reading this person');
      trigger('select', {});
    });
    return button;
  });
  container.replaceChildren(...buttons);
  container.hidden = !buttons.length;
}
