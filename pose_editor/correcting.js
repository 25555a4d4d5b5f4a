// ---- putting the reading right: the photo's own joints are moved, not the pose ----

let kept = null; // {joints, photoPose} of the pose, while the reading is put right

const isCorrecting = () => kept !== null;

function startCorrecting() {
  closePanels();
  kept = { joints, photoPose };
  joints = photoPose;
  history.clear();
  part('correcting').hidden = false;
  draw();
}

// Joints that the pose had left where they were read follow their correction.
function endCorrecting(isDone) {
  if (!kept) return;
  const [before, corrected] = [kept, joints];
  kept = null;
  history.clear();
  part('correcting').hidden = true;
  joints = before.joints;
  if (isDone && !sameJoints(corrected, before.photoPose)) {
    joints = before.joints.map((joint, i) => (sameJoints(joint, before.photoPose[i]) ? corrected[i] : joint));
    photoPose = corrected;
    wait('Cutting the photo anew');
    props.value = { ...props.value, keypoints: joints, source: corrected, corrected, upload: null, lender: null };
    trigger('edit', {});
  }
  draw();
}
