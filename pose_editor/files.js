// ---- files dropped, chosen or pasted, uploaded and saved; what is said over the stage meanwhile ----

function say(text) {
  part('message').textContent = text;
  part('message').hidden = !text;
}

function wait(text) {
  part('veil-text').textContent = text;
  part('veil').hidden = !text;
}

// The file as a field of the value, which is to be read after this: it may change meanwhile.
async function uploaded(file) {
  const { path } = await upload(file);
  return { path, orig_name: file.name, meta: { _type: 'gradio.FileData' } };
}

async function sendPhoto(file) {
  if (!file) return;
  say('');
  wait('Uploading ' + file.name);
  try {
    const sent = await uploaded(file);
    props.value = { ...props.value, upload: sent };
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

// Files chosen as a photo or dropped on the stage, which `take` gets; pictures pasted are photos.
function acceptFiles(stage, take, isPasteMeant) {
  onFile(part('photo-file'), take);
  stage.addEventListener('dragover', (event) => {
    event.preventDefault();
    stage.dataset.over = 'file';
  });
  stage.addEventListener('dragleave', () => (stage.dataset.over = ''));
  stage.addEventListener('drop', (event) => {
    event.preventDefault();
    stage.dataset.over = '';
    take(event.dataTransfer.files[0]);
  });
  function onPaste(event) {
    if (!element.isConnected) return document.removeEventListener('paste', onPaste);
    const file = [...event.clipboardData.files].find((each) => each.type.startsWith('image/'));
    if (file && element.offsetParent !== null && isPasteMeant()) sendPhoto(file);
  }
  document.addEventListener('paste', onPaste);
}

function download(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
