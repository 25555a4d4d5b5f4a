// Which label lies where: a PNG with the label's number in its red channel, on a grid coarser than the photo.
function createLabelMap() {
  let numbers = null;
  let width = 0;
  let height = 0;
  return {
    async load(url) {
      numbers = null;
      if (!url) return;
      const image = new Image();
      image.crossOrigin = 'anonymous';
      image.src = url;
      await image.decode();
      [width, height] = [image.naturalWidth, image.naturalHeight];
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext('2d', { willReadFrequently: true });
      context.drawImage(image, 0, 0);
      const pixels = context.getImageData(0, 0, width, height).data;
      numbers = new Uint8Array(width * height);
      for (let i = 0; i < numbers.length; i += 1) numbers[i] = pixels[4 * i];
    },
    at([x, y]) {
      const [column, row] = [Math.floor(x), Math.floor(y)];
      const isInside = numbers && column >= 0 && row >= 0 && column < width && row < height;
      return isInside ? numbers[row * width + column] : 0;
    },
    // 255 where the label is, else 0.
    mask(label) {
      const out = new Uint8ClampedArray(width * height);
      for (let i = 0; i < out.length; i += 1) out[i] = numbers[i] === label ? 255 : 0;
      return out;
    },
    // Draws where a label is; nothing for none.
    light(canvas, label) {
      if (canvas.dataset.label === String(label)) return;
      canvas.dataset.label = label;
      [canvas.width, canvas.height] = [Math.max(width, 1), Math.max(height, 1)];
      if (!label || !numbers) return;
      const context = canvas.getContext('2d');
      const image = context.createImageData(width, height);
      for (let i = 0; i < numbers.length; i += 1) if (numbers[i] === label) image.data.fill(255, 4 * i, 4 * i + 4);
      context.putImageData(image, 0, 0);
    },
    // The numbers themselves, row by row.
    get values() {
      return numbers;
    },
    get width() {
      return width;
    },
    get height() {
      return height;
    },
    get isLoaded() {
      return numbers !== null;
    },
  };
}
