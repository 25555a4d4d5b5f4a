const dialog = element.querySelector('[data-part="help"]');

// A modal dialog closes with Escape and gives the focus back to what had it: the browser's own work.
const openHelp = () => dialog.open || dialog.showModal();
element.querySelector('[data-act="help"]').addEventListener('click', openHelp);
element.querySelector('[data-act="close"]').addEventListener('click', () => dialog.close());
dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
// The pose canvas listens on the document: keys pressed in here are not for it.
dialog.addEventListener('keydown', (event) => event.stopPropagation());

function onDocumentKey(event) {
  if (!element.isConnected) return document.removeEventListener('keydown', onDocumentKey);
  const isField = event.target.closest && event.target.closest('input:not([type=range]), textarea, select, [contenteditable]');
  if (event.key !== '?' || isField) return;
  event.preventDefault();
  openHelp();
}
document.addEventListener('keydown', onDocumentKey);
dialog.dataset.ready = '1';
