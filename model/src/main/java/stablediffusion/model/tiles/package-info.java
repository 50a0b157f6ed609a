/**
 * Runs the VAE in tiles of the picture, with the result of the whole. Internal: not part of the library's API.
 */
package stablediffusion.model.tiles;
