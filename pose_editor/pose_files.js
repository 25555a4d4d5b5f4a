// ---- files: photos dropped, chosen or pasted; poses as OpenPose JSON ----

function say(text) {
  part('message').textContent = text;
  part('message').hidden = !text;
}

function wait(text) {
  part('veil-text').textContent = text;
  part('veil').hidden = !text;
}

async function sendPhoto(file) {
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

async function loadPose(file) {
  const [width, height] = size();
  try {
    const answer = await server.read_pose({ text: await file.text(), width, height });
    if (answer.error) say(answer.error);
    else commit(answer.keypoints);
  } catch (error) {
    say('The pose could not be loaded: the server did not answer.');
  }
}

function download(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function savePose(count) {
  closePanels();
  const [width, height] = size();
  try {
    const answer = await server.write_pose({ keypoints: joints, width, height, joints: count });
    if (answer.error) return say(answer.error);
    download(new Blob([JSON.stringify(answer)], { type: 'application/json' }), 'pose.json');
  } catch (error) {
    say('The pose could not be saved: the server did not answer.');
  }
}

function takeFile(file) {
  if (!file) return;
  const isPose = file.type === 'application/json' || file.name.toLowerCase().endsWith('.json');
  if (!isPose) sendPhoto(file);
  else if (joints.length) loadPose(file);
  else say('Open a photo first: a pose is laid over it.');
}

for (const name of ['photo-file', 'pose-file']) {
  part(name).addEventListener('change', (event) => {
    takeFile(event.target.files[0]);
    event.target.value = ''; // so that the same file can be chosen again
  });
}
stage.addEventListener('dragover', (event) => {
  event.preventDefault();
  stage.dataset.over = 'file';
});
stage.addEventListener('dragleave', () => (stage.dataset.over = ''));
stage.addEventListener('drop', (event) => {
  event.preventDefault();
  stage.dataset.over = '';
  takeFile(event.dataTransfer.files[0]);
});
function onPaste(event) {
  if (!element.isConnected) return document.removeEventListener('paste', onPaste);
  const file = [...event.clipboardData.files].find((each) => each.type.startsWith('image/'));
  if (file && element.offsetParent !== null) sendPhoto(file);
}
document.addEventListener('paste', onPaste);
