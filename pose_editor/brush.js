// A round brush over a letterboxed picture: what the mask painter and the parsing viewer share.

// The picture's place in the window: its top left corner and CSS pixels per grid pixel.
function placeOf(node, width, height) {
  const box = node.getBoundingClientRect();
  const scale = Math.min(box.width / width, box.height / height) || 1;
  return { scale, x: box.left + (box.width - scale * width) / 2, y: box.top + (box.height - scale * height) / 2 };
}

// A round line of a CSS colour on a canvas; without a colour it takes away.
function drawLine(context, from, to, width, color) {
  context.globalCompositeOperation = color ? 'source-over' : 'destination-out';
  context.strokeStyle = color || '#000';
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(to[0] + 0.01, to[1]); // a line of no length draws nothing
  context.stroke();
  context.globalCompositeOperation = 'source-over';
}

// Puts the ring that shows the brush's size over a stage.
function placeRing(ring, stage, place, cursor, size) {
  const box = stage.getBoundingClientRect();
  ring.style.left = place.x - box.left + cursor[0] * place.scale + 'px';
  ring.style.top = place.y - box.top + cursor[1] * place.scale + 'px';
  ring.style.width = ring.style.height = size + 'px';
}
