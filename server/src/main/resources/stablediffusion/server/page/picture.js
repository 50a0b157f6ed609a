// Converts pictures between files, Base64 and URLs.

/** Returns a URL of a picture in Base64, good until the page is closed. */
export function urlOf(base64, type) {
  const bytes = Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type }));
}

/** Reads a file as Base64. */
export function base64Of(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(new Error('The file cannot be read.'));
    reader.readAsDataURL(blob);
  });
}

/** Returns width and height of a picture. */
export async function sizeOf(url) {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    throw new Error('This is no picture that can be shown.');
  }
  return { width: image.naturalWidth, height: image.naturalHeight };
}
