// ---- poses as OpenPose JSON, loaded and saved ----

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

onFile(part('pose-file'), takeFile);
// There is one canvas: what is pasted is meant for it.
acceptFiles(stage, takeFile, () => true);
