/**
 * Finds and converts models, and extends them by LoRAs and embeddings. Internal: not part of the library's API, which is the package
 * {@link stablediffusion}.
 */
package stablediffusion.library;
