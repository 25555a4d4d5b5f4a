// ---- photos side by side, and the people of one to choose from ----

// Of photos side by side the one under the pointer is meant.
function acceptPhotos(stage) {
  acceptFiles(stage, sendPhoto, () => element.matches(':hover'));
}

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
