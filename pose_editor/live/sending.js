// Hands the puppet to whichever editor on the page shows its photo; kept on the document for one that mounts later.
function hand() {
  if (!props.value || !props.value.mesh) return;
  document.truePosePuppet = props.value;
  document.dispatchEvent(new CustomEvent('truepose:puppet', { detail: props.value }));
}
watch('value', hand);
hand();
