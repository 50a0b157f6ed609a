/**
 * Reads, writes and scales pictures and masks, and the parameters in their files. Internal: not part of the library's API.
 */
package stablediffusion.model.image;
