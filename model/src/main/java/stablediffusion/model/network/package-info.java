/**
 * Builds the graphs of the networks of Stable Diffusion v1: text encoder, UNet and VAE. Internal: not part of the library's API.
 */
package stablediffusion.model.network;
